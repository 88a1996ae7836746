"""Every address of the site. Each app brings its own pages; the API is gathered in berth.api."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

admin.site.site_header = admin.site.site_title = _("Berth back office")
admin.site.index_title = _("Everything there is")

urlpatterns = [
    path("", include("trading.urls")),
    path("", include("lots.urls")),
    path("", include("members.urls")),
    path("", include("finance.urls")),
    path("", include("hardware.urls")),
    path("", include("marketing.urls")),
    path("", include("operations.urls")),
    path("", include("berth.design.urls")),
    path("api/v1/", include("berth.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]
handler400 = "berth.design.views.bad_request"
handler403 = "berth.design.views.permission_denied"
handler404 = "berth.design.views.page_not_found"
handler500 = "berth.design.views.server_error"
