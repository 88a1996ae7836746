"""What people in Guangzhou say when they say where: districts, stations, sights (WGS-84, to some 100 m)."""

from __future__ import annotations

from lots.models import Landmark

_DISTRICT, _STATION, _SIGHT = Landmark.Kind.DISTRICT, Landmark.Kind.STATION, Landmark.Kind.SIGHT
_SHOPPING, _HOSPITAL, _CAMPUS = Landmark.Kind.SHOPPING, Landmark.Kind.HOSPITAL, Landmark.Kind.CAMPUS
LANDMARKS = (
    (_DISTRICT, "天河区", "Tianhe District", 23.1247, 113.3612),
    (_DISTRICT, "越秀区", "Yuexiu District", 23.1289, 113.2668),
    (_DISTRICT, "海珠区", "Haizhu District", 23.0838, 113.3172),
    (_DISTRICT, "荔湾区", "Liwan District", 23.1259, 113.2442),
    (_DISTRICT, "珠江新城", "Zhujiang New Town", 23.1196, 113.3213),
    (_DISTRICT, "体育西路", "Tiyu West Road", 23.1318, 113.3212),
    (_STATION, "广州东站", "Guangzhou East Railway Station", 23.1503, 113.3249),
    (_STATION, "广州站", "Guangzhou Railway Station", 23.1485, 113.2572),
    (_STATION, "广州南站", "Guangzhou South Railway Station", 22.9890, 113.2689),
    (_STATION, "猎德", "Liede Metro Station", 23.1163, 113.3329),
    (_STATION, "林和西", "Linhexi Metro Station", 23.1418, 113.3265),
    (_SIGHT, "广州塔", "Canton Tower", 23.1065, 113.3245),
    (_SIGHT, "花城广场", "Huacheng Square", 23.1203, 113.3236),
    (_SIGHT, "珠江公园", "Pearl River Park", 23.1232, 113.3370),
    (_SIGHT, "广东省博物馆", "Guangdong Museum", 23.1150, 113.3265),
    (_SIGHT, "广州大剧院", "Guangzhou Opera House", 23.1147, 113.3214),
    (_SIGHT, "天河体育中心", "Tianhe Sports Centre", 23.1371, 113.3228),
    (_SHOPPING, "正佳广场", "Grandview Mall", 23.1325, 113.3270),
    (_SHOPPING, "天河城", "Teemall", 23.1325, 113.3226),
    (_SHOPPING, "太古汇", "Taikoo Hui", 23.1345, 113.3325),
    (_HOSPITAL, "中山大学附属第三医院", "Third Affiliated Hospital of Sun Yat-sen University", 23.1373, 113.3530),
    (_CAMPUS, "暨南大学", "Jinan University", 23.1285, 113.3470),
    (_CAMPUS, "华南理工大学", "South China University of Technology", 23.1523, 113.3455),
)


def make_landmarks() -> None:
    """Those that are missing."""
    for kind, zh, en, latitude, longitude in LANDMARKS:
        given = {"name_en": en, "latitude": latitude, "longitude": longitude}
        Landmark.objects.get_or_create(kind=kind, name_zh=zh, defaults=given)
