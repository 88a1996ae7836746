// A Leaflet map from JSON in the page (docs/design-system.md, "Map"). Without a tile server it draws the roads,
// water, greens and places that the JSON brings, so that people still know where they are.
"use strict";

(() => {
  const ROAD_WIDTH = { primary: 7, secondary: 5, minor: 3 };

  function readData(element) {
    const source = document.getElementById(element.dataset.map);
    return source ? JSON.parse(source.textContent) : null;
  }

  function addTiles(map, tiles) {
    for (const tile of tiles) {
      L.tileLayer(tile.url, { attribution: tile.attribution || "", maxZoom: tile.max_zoom || 19 }).addTo(map);
    }
  }

  function addGround(map, ground) {
    const style = (feature) => {
      const kind = feature.properties.kind;
      if (kind === "road") return { className: "map__road", weight: ROAD_WIDTH[feature.properties.rank] || 3 };
      return { className: `map__${kind}`, weight: 1 };
    };
    const place = (feature, at) =>
      L.marker(at, {
        icon: L.divIcon({ className: "map__place", html: textOf(feature.properties.name) }),
        interactive: false,
        keyboard: false,
      });
    L.geoJSON(ground, { style, pointToLayer: place, interactive: false }).addTo(map);
  }

  function textOf(text) {
    const element = document.createElement("span");
    element.textContent = text || "";
    return element;
  }

  function pinIcon(pin) {
    const box = textOf(pin.label);
    box.className = "pin__box";
    const kind = pin.kind ? ` pin--${pin.kind}` : "";
    return L.divIcon({ className: `pin${kind}`, html: box, iconSize: [0, 0] });
  }

  const rowOf = (id) => document.querySelector(`[data-map-item="${CSS.escape(id)}"]`);

  function highlight(markers, id, on) {
    const marker = markers.get(id);
    if (marker && marker.getElement()) marker.getElement().classList.toggle("is-active", on);
    const row = rowOf(id);
    if (row) row.classList.toggle("is-active", on);
  }

  function addPin(map, markers, pin) {
    const id = String(pin.id);
    const marker = L.marker([pin.lat, pin.lng], {
      icon: pinIcon(pin),
      title: pin.title || pin.label,
      alt: pin.title || pin.label,
      keyboard: Boolean(pin.href),
      interactive: Boolean(pin.href),
      riseOnHover: true,
    }).addTo(map);
    markers.set(id, marker);
    const open = () => {
      const row = rowOf(id);
      if (row && pin.href.startsWith("#")) row.scrollIntoView({ block: "center", behavior: "smooth" });
      else location.assign(pin.href);
    };
    if (pin.href) {
      marker.on("click", open);
      marker.on("keypress", (event) => event.originalEvent.key === "Enter" && open());
    }
    marker.on("mouseover", () => highlight(markers, id, true));
    marker.on("mouseout", () => highlight(markers, id, false));
    return marker;
  }

  function fit(map, data) {
    const points = (data.pins || []).map((pin) => [pin.lat, pin.lng]);
    if (data.centre) points.push([data.centre.lat, data.centre.lng]);
    if (data.zoom && data.centre) map.setView([data.centre.lat, data.centre.lng], data.zoom);
    else if (points.length) map.fitBounds(points, { padding: [48, 48], maxZoom: 17 });
    else map.setView([0, 0], 2);
  }

  function draw(element) {
    const data = readData(element);
    if (!data || element.dataset.mapReady) return;
    element.dataset.mapReady = "1";
    const map = L.map(element.querySelector(".map__canvas"), {
      attributionControl: (data.tiles || []).length > 0,
      zoomSnap: 0.5,
      zoomControl: false,
      scrollWheelZoom: "center",
    });
    map.attributionControl?.setPrefix(false);
    fit(map, data);
    addTiles(map, data.tiles || []);
    if (data.ground && !(data.tiles || []).length) addGround(map, data.ground);
    if (data.walk) L.polyline(data.walk, { className: "map__walk", weight: 4, dashArray: "8 6" }).addTo(map);
    if (data.centre) {
      L.marker([data.centre.lat, data.centre.lng], {
        icon: L.divIcon({ className: "map__here", iconSize: [18, 18] }),
        title: data.centre.label || "",
        alt: data.centre.label || "",
        keyboard: false,
        interactive: false,
      }).addTo(map);
    }
    const markers = new Map();
    for (const pin of data.pins || []) addPin(map, markers, pin);
    L.control.zoom({ position: "bottomright" }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    new ResizeObserver(() => map.invalidateSize()).observe(element);
    listen(markers);
  }

  function listen(markers) {
    const over = (on) => (event) => {
      const row = event.target.closest?.("[data-map-item]");
      if (row) highlight(markers, row.dataset.mapItem, on);
    };
    document.addEventListener("pointerover", over(true));
    document.addEventListener("pointerout", over(false));
    document.addEventListener("focusin", over(true));
    document.addEventListener("focusout", over(false));
  }

  const start = (root) => root.querySelectorAll("[data-map]").forEach(draw);
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
})();
