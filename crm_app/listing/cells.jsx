// Filtering by the value of a cell: a button beside the value under the pointer, and a menu of a row's values for keys and touch.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Popover } from "@radix-ui/themes";
import { ask, fill, Icon, PATHS } from "./parts.jsx";

const PHONE = "(max-width: 760px)";
const subscribe = (listener) => {
  const query = window.matchMedia(PHONE);
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
};
// There is no pointer to hover with: each card has a button of its own.
export const usePhone = () => useSyncExternalStore(subscribe, () => window.matchMedia(PHONE).matches, () => false);

const labelOf = (column, value, lookup, texts) => {
  if (!value) return texts.empty;
  return column.kind === "badge" || column.kind === "tags" ? lookup[column.choices]?.[value]?.label ?? value : value;
};

// What a row offers: a value a column, of tags each.
const offersOf = (row, columns, lookup, texts) =>
  columns.slice(1).flatMap((column, at) => {
    if (!column.filters) return [];
    const value = row.cells[at] ?? "";
    const codes = column.kind === "tags" && value ? value.split(",") : [column.kind === "tags" ? "" : value];
    return codes.map((code) => ({ key: column.key, code: column.kind === "tags" ? code : "", label: column.label, text: labelOf(column, code, lookup, texts) }));
  });

// Numbers and dates end at the right edge of their cell: there the button stands at the left.
const placeOf = (cell, box) => {
  const [inner, outer] = [cell.getBoundingClientRect(), box.getBoundingClientRect()];
  const right = cell.matches(".num, .date");
  return {
    left: box.scrollLeft + (right ? inner.left + 2 : inner.right - 26) - outer.left,
    top: box.scrollTop + inner.top - outer.top + (inner.height - 24) / 2,
  };
};

// One button for the whole table: fifty rows of ten cells need not carry five hundred.
export function CellButton({ box, rows, columns, lookup, texts, onFilter }) {
  const [at, setAt] = useState(null);
  useEffect(() => setAt(null), [rows, columns]);
  useEffect(() => {
    const list = box.current;
    const over = (event) => {
      if (event.target.closest?.(".cell-filter")) return;
      const cell = event.target.closest?.("tbody td.cell");
      if (!cell || window.matchMedia(`${PHONE}, (hover: none)`).matches) return setAt(null);
      const [line, place] = [cell.parentElement.sectionRowIndex, cell.cellIndex];
      const code = event.target.closest(".badge")?.dataset.code ?? "";
      setAt((now) => (now && now.line === line && now.place === place && now.code === code ? now : { line, place, code, ...placeOf(cell, list) }));
    };
    const leave = () => setAt(null);
    list.addEventListener("mouseover", over);
    list.addEventListener("mouseleave", leave);
    list.addEventListener("scroll", leave);
    return () => {
      list.removeEventListener("mouseover", over);
      list.removeEventListener("mouseleave", leave);
      list.removeEventListener("scroll", leave);
    };
  }, []);
  const [row, column] = [rows[at?.line], columns[at?.place]];
  if (!row || !column?.filters) return null;
  const value = row.cells[at.place - 1] ?? "";
  const code = column.kind === "tags" ? at.code || value.split(",")[0] : "";
  const name = `${column.label} ${labelOf(column, column.kind === "tags" ? code : value, lookup, texts)}`;
  return (
    <button type="button" className="cell-filter" tabIndex={-1} style={{ left: at.left, top: at.top }} aria-label={fill(texts.filterBy, { name })} title={fill(texts.filterBy, { name })}
      onClick={() => ask(() => onFilter(row.key, column.key, code))}>
      <Icon size={13} path={PATHS.funnel} />
    </button>
  );
}

const walk = (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("button")];
  all[(all.indexOf(document.activeElement) + by + all.length) % all.length]?.focus();
};

// `menu` is the row and where it opens; the focus goes back to the row.
export function RowMenu({ menu, setMenu, box, rows, columns, lookup, texts, onFilter }) {
  const link = useRef(null);
  if (menu) link.current = box.current?.querySelectorAll("a.row-link")[menu.line];
  const row = menu ? rows[menu.line] : null;
  const offers = row ? offersOf(row, columns, lookup, texts) : [];
  return (
    <Popover.Root open={Boolean(row)} onOpenChange={(open) => !open && setMenu(null)}>
      <Popover.Trigger>
        <span className="row-anchor" aria-hidden="true" style={menu ? { left: menu.left, top: menu.top } : undefined} />
      </Popover.Trigger>
      <Popover.Content size="1" align="start" className="pop" aria-label={row ? fill(texts.filterRow, { name: row.name }) : ""}
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          link.current?.focus({ preventScroll: true });
        }}>
        <p className="small quiet pop-note">{texts.filterHelp}</p>
        <div className="pop-list" onKeyDown={walk}>
          {offers.map((one) => (
            <button key={`${one.key}:${one.code}`} type="button" className="menu-item row-offer" onClick={() => { setMenu(null); ask(() => onFilter(row.key, one.key, one.code)); }}>
              <span className="quiet">{one.label}</span>
              <span className="cut">{one.text}</span>
            </button>
          ))}
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}
