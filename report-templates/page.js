// Comfort for readers with scripts on: filter, sort, copy, link to a row. Pages are complete without it.
// Reads and reorders what the page already shows; never fetches, stores or sends anything.
"use strict";
(function () {
  const FILTER_FROM = 8;
  const TALL_FROM = 30;

  function element(name, properties, parent) {
    const made = Object.assign(document.createElement(name), properties);
    if (parent) parent.append(made);
    return made;
  }

  // The text of a cell without what this script has added to it.
  function shownText(cell) {
    if (cell.dataset.value !== undefined) return cell.dataset.value;
    let text = "";
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      if (!walk.currentNode.parentElement.closest(".copy, .row-link, title, desc")) text += walk.currentNode.data;
    }
    return text.trim();
  }

  function asNumber(text) {
    const plain = text.replace(/[\u2009\u202f ]/g, "");
    return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
  }

  function compare(a, b) {
    if (a.number !== null && b.number !== null) return a.number - b.number;
    return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
  }

  function sortBy(table, head, column) {
    const descending = head.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map(function (row) {
      const text = row.cells[column] ? shownText(row.cells[column]) : "";
      return { row: row, text: text, number: asNumber(text) };
    });
    rows.sort(function (a, b) { return descending ? compare(b, a) : compare(a, b); });
    body.append(...rows.map(function (entry) { return entry.row; }));
  }

  function addSorting(table) {
    if (table.tBodies[0].rows.length < 2 || table.querySelector("tbody [colspan], tbody [rowspan]")) return;
    Array.from(table.tHead.rows[0].cells).forEach(function (head, column) {
      const button = element("button", { type: "button", title: "Sort by this column" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", function () { sortBy(table, head, column); });
    });
  }

  function addFilter(table, name) {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < FILTER_FROM) return;
    const tools = element("div", { className: "tools" });
    const label = element("label", { className: "filter", textContent: "Filter rows " }, tools);
    const input = element("input", { type: "search", autocomplete: "off" }, label);
    input.setAttribute("aria-label", "Filter rows of: " + name);
    const count = element("span", {}, tools);
    count.setAttribute("aria-live", "polite");
    const texts = rows.map(function (row) {
      return Array.from(row.cells, shownText).join(" ").toLowerCase();
    });
    input.addEventListener("input", function () {
      const wanted = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach(function (row, place) {
        row.hidden = !wanted.every(function (part) { return texts[place].includes(part); });
        if (!row.hidden) shown += 1;
      });
      count.textContent = wanted.length ? shown + " of " + rows.length + " rows of this page match the filter" : "";
    });
    table.closest(".scroll").before(tools);
  }

  function addRowLinks(table) {
    for (const row of table.querySelectorAll("tbody tr[id]")) {
      const link = element("a", { className: "row-link", href: "#" + row.id, textContent: "#" });
      link.setAttribute("aria-label", "Link to row " + row.id);
      row.cells[0].prepend(link);
    }
  }

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = element("textarea", { value: text }, document.body);
    area.select();
    document.execCommand("copy");
    area.remove();
    return Promise.resolve();
  }

  function addCopyButtons() {
    for (const id of document.querySelectorAll("[data-copy]")) {
      const text = id.dataset.copy || id.textContent;
      const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
      button.setAttribute("aria-label", "Copy " + text);
      button.addEventListener("click", function () {
        copyText(text).then(
          function () { button.textContent = "Copied"; },
          function () { button.textContent = "Not copied"; }
        );
        setTimeout(function () { button.textContent = "Copy"; }, 1500);
      });
      id.after(button);
    }
  }

  addCopyButtons();
  for (const table of document.querySelectorAll(".grid table")) {
    if (!table.tHead || !table.tBodies[0]) continue;
    addFilter(table, table.caption ? table.caption.textContent.trim() : "table");
    addRowLinks(table);
    addSorting(table);
    if (table.tBodies[0].rows.length >= TALL_FROM) table.closest(".scroll").classList.add("tall");
  }
  if (location.hash.length > 1) {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) target.scrollIntoView({ block: "center" });
  }
})();
