// Where one is in a list's table, and the keys that move there (R3.7). The row with the focus is the table's one tab stop.
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useShortcut } from "$/public/external/crm_app/ui/keys/keys.jsx";

// The cells of the columns, without what a row has besides.
const cellsOf = (row) => [...row.children].filter((cell) => cell.classList.contains("cell"));
const linesOf = (box) => [...(box?.querySelectorAll("tbody tr") ?? [])];

export const cellAt = (box, line, place) => {
  const row = linesOf(box)[line];
  return row ? cellsOf(row)[place] : undefined;
};

export const placeOf = (element) => {
  const cell = element?.closest?.("tbody .cell");
  return cell ? { line: cell.parentElement.sectionRowIndex, place: cellsOf(cell.parentElement).indexOf(cell) } : null;
};

export const focusCell = (box, line, place) => {
  const cell = cellAt(box, line, place);
  if (!cell) return;
  const target = place ? cell : cell.querySelector("a.row-link");
  if (place) cell.tabIndex = -1;
  target.focus({ preventScroll: true });
  (place ? cell : cell.parentElement).scrollIntoView({ block: "nearest", inline: "nearest" });
};

const isControl = (target) => target.matches?.("button, input, select, a:not(.row-link), [role=separator]");

export const useRowKeys = ({ box, rows, searchId, base, peek, onPeek, openMenu, edit }) => {
  const navigate = useNavigate();
  const [ticks, setTicks] = useState(false);
  useEffect(() => setTicks(Boolean(box.current?.querySelector("[data-row-tick]"))), [rows]);
  const here = () => placeOf(document.activeElement);
  // The row with the focus; with the panel open and the focus elsewhere, the one that it shows.
  const current = () => here() ?? (peek ? { line: rows.findIndex((row) => row.key === peek), place: 0 } : { line: -1, place: 0 });

  const go = (by) => (event) => {
    if (event.key.startsWith("Arrow") && !here()) return false;
    const { line, place } = current();
    const next = line < 0 ? 0 : Math.min(Math.max(line + by, 0), rows.length - 1);
    if (!rows[next]) return false;
    focusCell(box.current, next, place);
    if (peek && rows[next].key !== peek) onPeek(rows[next].key);
  };
  const aside = (by) => () => {
    const at = here();
    if (!at || !cellAt(box.current, at.line, at.place + by)) return false;
    focusCell(box.current, at.line, at.place + by);
  };
  const inRow = (run) => (event) => {
    const at = here();
    return at && rows[at.line] && !isControl(event.target) ? run(at, event) : false;
  };
  const some = rows.length > 0;
  useShortcut("row.next", go(1), some);
  useShortcut("row.before", go(-1), some);
  useShortcut("cell.right", aside(1), some);
  useShortcut("cell.left", aside(-1), some);
  useShortcut("row.open", inRow(({ line, place }) => (place ? navigate(base + encodeURIComponent(rows[line].key)) : false)), some);
  useShortcut("row.peek", (event) => {
    const { line } = current();
    if (!rows[line] || isControl(event.target)) return false;
    onPeek(rows[line].key === peek ? "" : rows[line].key);
  }, some && Boolean(onPeek));
  useShortcut("row.tick", () => {
    const tick = linesOf(box.current)[current().line]?.querySelector("[data-row-tick]");
    if (!tick) return false;
    tick.click();
  }, ticks);
  useShortcut("row.filter", inRow((_, event) => openMenu(event.target)), some);
  useShortcut("cell.edit", inRow(({ line, place }) => edit(line, place)), some && Boolean(edit));
  useShortcut("search", () => document.getElementById(searchId)?.focus());
  useShortcut("close", () => (peek ? onPeek("") : false), Boolean(peek));
};

// A click on a row opens it beside the list; on a cell that can be edited it waits for a second click, which edits.
const DOUBLE_MS = 220;

export const useRowClicks = ({ columns, rows, base, onPeek, edit }) => {
  const navigate = useNavigate();
  const timer = useRef(null);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const isElsewhere = (event) =>
    event.target.closest("a, button, input, label") || event.ctrlKey || event.metaKey || window.getSelection()?.toString();
  const click = (event) => {
    const at = placeOf(event.target);
    window.clearTimeout(timer.current);
    if (!at || !rows[at.line] || isElsewhere(event) || event.detail > 1) return;
    const { key } = rows[at.line];
    const open = () => (onPeek ? onPeek(key) : navigate(base + encodeURIComponent(key)));
    focusCell(event.currentTarget.closest(".list-box"), at.line, at.place);
    if (edit && columns[at.place]?.edits) timer.current = window.setTimeout(open, DOUBLE_MS);
    else open();
  };
  const twice = (event) => {
    const at = placeOf(event.target);
    if (!edit || !at || event.target.closest("a, button, input, label")) return;
    window.clearTimeout(timer.current);
    window.getSelection()?.removeAllRanges();
    event.preventDefault();
    edit(at.line, at.place);
  };
  return { click, twice };
};
