// The table of every list: plain table elements, drawn again only where a row changed; widths, keys and pages.
import { memo, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, useNavigate } from "react-router";
import { Popover } from "@radix-ui/themes";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

// The browser's own grouping of digits loads all that it knows of languages, while the first rows are waited for.
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

// What was asked and not yet answered, for the bar that says so; several components ask, the table shows it.
const waiting = { since: 0, listeners: new Set() };
const setWaiting = (since) => {
  waiting.since = since;
  waiting.listeners.forEach((listener) => listener());
};
export const ask = (question) => {
  question();
  setWaiting(Date.now());
};
const useWaiting = () =>
  useSyncExternalStore(
    (listener) => {
      waiting.listeners.add(listener);
      return () => waiting.listeners.delete(listener);
    },
    () => waiting.since,
    () => 0,
  );

// The page makes the same texts anew with each change; rows need not be drawn again for that.
const useSame = (texts) => {
  const kept = useRef(texts);
  if (Object.keys(texts).some((key) => texts[key] !== kept.current[key])) kept.current = texts;
  return kept.current;
};

export const Icon = ({ path, size = 16 }) => (
  <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    <path d={path} />
  </svg>
);
export const PATHS = {
  cross: "M18 6 6 18M6 6l12 12",
  down: "m6 9 6 6 6-6",
  up: "m18 15-6-6-6 6",
  left: "m15 18-6-6 6-6",
  right: "m9 18 6-6-6-6",
  plus: "M5 12h14M12 5v14",
  search: "m21 21-4.3-4.3M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0",
  check: "M20 6 9 17l-5-5",
  columns: "M3 5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM9 3v18M15 3v18",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  rows: "M3 6h18M3 12h18M3 18h18",
};

const STAR = "M12 2.5l2.9 6 6.6.9-4.8 4.6 1.2 6.5-5.9-3.1-5.9 3.1 1.2-6.5L2.5 9.4l6.6-.9z";

const Star = ({ label }) => (
  <span className="star" title={label}>
    <svg width="14" height="14" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
      <path d={STAR} />
    </svg>
    <span className="sr">{label}</span>
  </span>
);

const Badge = ({ choice, code }) => <span className={`badge c-${choice?.color || "gray"}`}>{choice?.label ?? code}</span>;

const cellContent = (column, value, row, lookup, texts) => {
  if (!value) return null;
  switch (column.kind) {
    case "badge":
      return <Badge choice={lookup[column.choices]?.[value]} code={value} />;
    case "tags":
      return value.split(",").map((code) => <Badge key={code} choice={lookup.tag?.[code]} code={code} />);
    case "due":
      return row.overdue ? (
        <>
          <span className="late" title={fill(texts.overdue, { n: row.overdue })}>
            <span className="sr">{fill(texts.overdue, { n: row.overdue })}</span>
            <span aria-hidden="true">{fill(texts.days, { n: row.overdue })}</span>
          </span>{" "}
          {value}
        </>
      ) : (
        value
      );
    default:
      return value;
  }
};

const CELL_CLASS = { number: "cell num", date: "cell date", due: "cell date", tags: "cell tags" };

const Line = memo(function Line({ row, columns, lookup, base, texts }) {
  return (
    <tr>
      <th scope="row" className="cell name">
        <span className="name-box">
          {row.starred ? <Star label={texts.star} /> : null}
          <Link className="row-link" to={base + encodeURIComponent(row.key)}>
            {row.name}
          </Link>
        </span>
      </th>
      {columns.slice(1).map((column, index) => (
        <td key={column.key} className={CELL_CLASS[column.kind] ?? "cell"} data-label={column.label}>
          {cellContent(column, row.cells[index], row, lookup, texts)}
        </td>
      ))}
      <td className="filler" aria-hidden="true" />
    </tr>
  );
});

const SORT_WORD = (view, column) => (view.sort !== column.key ? "none" : view.descending ? "descending" : "ascending");

function Head({ column, view, texts, width, onSort, onDrag, onKeep }) {
  const start = useRef(null);
  const move = (event) => {
    if (start.current) onDrag(column.key, start.current.width + event.clientX - start.current.x);
  };
  const stop = (event) => {
    if (!start.current) return;
    start.current = null;
    event.currentTarget.releasePointerCapture?.(event.pointerId);
    onKeep(column.key);
  };
  const keys = (event) => {
    const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    onDrag(column.key, width + by);
    onKeep(column.key);
  };
  const sorted = SORT_WORD(view, column);
  const right = column.kind === "number" || column.kind === "date" || column.kind === "due";
  return (
    <th scope="col" className={right ? "head right" : "head"} aria-sort={column.sortable ? sorted : undefined} aria-label={column.label}>
      {column.sortable ? (
        <button type="button" className="head-button" aria-label={fill(texts.sortBy, { name: column.label })} title={fill(texts.sortBy, { name: column.label })} onClick={() => ask(() => onSort(column.key))}>
          <span className="cut">{column.label}</span>
          {sorted === "none" ? null : <Icon size={14} path={sorted === "ascending" ? PATHS.up : PATHS.down} />}
        </button>
      ) : (
        <span className="head-text cut">{column.label}</span>
      )}
      <span
        className="grip"
        role="separator"
        tabIndex={0}
        aria-orientation="vertical"
        aria-label={fill(texts.resize, { name: column.label })}
        aria-valuenow={width}
        aria-valuemin={56}
        aria-valuemax={800}
        onKeyDown={keys}
        onPointerDown={(event) => {
          event.preventDefault();
          start.current = { x: event.clientX, width };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={move}
        onPointerUp={stop}
        onPointerCancel={stop}
      />
    </th>
  );
}

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
const isBlocked = (event) =>
  event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) ||
  document.querySelector("[role=dialog][data-state=open], [role=menu][data-state=open], [role=alertdialog]");

// j and k go through the rows wherever one is, arrows once a row has the focus; Enter is the link's own.
const useKeys = (box, searchId) => {
  useEffect(() => {
    const go = (by) => {
      const links = [...(box.current?.querySelectorAll("a.row-link") ?? [])];
      if (!links.length) return;
      const here = links.indexOf(document.activeElement);
      const next = links[here < 0 ? 0 : Math.min(Math.max(here + by, 0), links.length - 1)];
      next.focus({ preventScroll: true });
      next.closest("tr").scrollIntoView({ block: "nearest" });
    };
    const press = (event) => {
      if (isBlocked(event)) return;
      const inRows = event.target.matches?.("a.row-link");
      const by = { j: 1, k: -1, ...(inRows ? { ArrowDown: 1, ArrowUp: -1 } : {}) }[event.key];
      if (by) go(by);
      else if (event.key === "/") document.getElementById(searchId)?.focus();
      else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [searchId]);
};

const buildLookup = (choices) =>
  Object.fromEntries(Object.entries(choices ?? {}).map(([name, all]) => [name, Object.fromEntries(all.map((one) => [one.code, one]))]));

export function ListTable({ rows, columns, view, setup, base, density, label, texts: said, searchId, onSort, onWidth, children }) {
  const texts = useSame(said);
  const box = useRef(null);
  const navigate = useNavigate();
  const [dragged, setDragged] = useState({});
  const lookup = useRef({ choices: null, value: {} });
  if (lookup.current.choices !== setup.choices) lookup.current = { choices: setup.choices, value: buildLookup(setup.choices) };
  useKeys(box, searchId);

  const since = useWaiting();
  useLayoutEffect(() => {
    if (waiting.since) setWaiting(0);
  }, [view.serial]);

  // Another page or order is read from its top; in the next frame, because to scroll now would lay out twice.
  useLayoutEffect(() => {
    const frame = requestAnimationFrame(() => box.current?.scrollTo(0, 0));
    return () => cancelAnimationFrame(frame);
  }, [view.page, view.size, view.sort, view.descending, view.total]);

  useEffect(() => setDragged({}), [columns]);
  const widthOf = (column) => Math.round(Math.min(Math.max(dragged[column.key] ?? column.width, 56), 800));
  const latest = useRef(dragged);
  latest.current = dragged;
  const drag = (key, width) => {
    latest.current = { ...latest.current, [key]: width };
    setDragged(latest.current);
  };
  const keep = (key) => onWidth(key, Math.round(Math.min(Math.max(latest.current[key], 56), 800)));

  const open = (event) => {
    const cell = event.target.closest("td, th");
    if (!cell || event.target.closest("a, button") || event.ctrlKey || event.metaKey || window.getSelection()?.toString()) return;
    const link = event.target.closest("tr")?.querySelector("a.row-link");
    if (link) navigate(link.getAttribute("href"));
  };
  const reveal = (event) => {
    const cell = event.target.closest(".cell");
    const text = cell?.querySelector(".row-link") ?? cell;
    if (text && !text.title && text.scrollWidth > text.clientWidth) text.title = text.textContent;
  };

  return (
    <div className="list-box" ref={box} data-density={density} aria-busy={since ? true : undefined}>
      <div className={since ? "list-wait on" : "list-wait"} />
      <table className="list" aria-label={label} style={{ "--list-width": `${columns.reduce((sum, c) => sum + widthOf(c), 0)}px` }}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.key} style={{ width: `${widthOf(column)}px` }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} view={view} texts={texts} width={widthOf(column)} onSort={onSort} onDrag={drag} onKeep={keep} />
            ))}
            <td className="filler" aria-hidden="true" />
          </tr>
        </thead>
        {/* Rows keep their place when the page turns: changing texts is faster than changing rows. */}
        <tbody onClick={open} onMouseOver={reveal}>
          {rows.map((row, index) => (
            <Line key={index} row={row} columns={columns} lookup={lookup.current.value} base={base} texts={texts} />
          ))}
        </tbody>
      </table>
      {children}
    </div>
  );
}

export function ListPager({ view, setup, texts, onPage, onSize }) {
  const [typed, setTyped] = useState(null);
  useEffect(() => setTyped(null), [view.serial]);
  const go = (page) => {
    const wanted = Math.min(Math.max(Math.trunc(page) || 1, 1), view.pages);
    setTyped(null);
    if (wanted !== view.page) ask(() => onPage(wanted));
  };
  return (
    <nav className="pager" aria-label={texts.pages}>
      <button type="button" className="icon-button" aria-label={texts.previous} title={texts.previous} disabled={view.page <= 1} onClick={() => go(view.page - 1)}>
        <Icon path={PATHS.left} />
      </button>
      <input
        className="input page-input"
        inputMode="numeric"
        aria-label={texts.page}
        value={typed ?? view.page}
        onChange={(event) => setTyped(event.target.value.replace(/[０-９]/g, (d) => "０１２３４５６７８９".indexOf(d)).replace(/\D/g, "").slice(0, 7))}
        onKeyDown={(event) => event.key === "Enter" && go(Number(typed ?? view.page))}
        onBlur={() => typed && go(Number(typed))}
      />
      <span className="quiet">{fill(texts.pageOf, { n: grouped(view.pages) })}</span>
      <button type="button" className="icon-button" aria-label={texts.next} title={texts.next} disabled={view.page >= view.pages} onClick={() => go(view.page + 1)}>
        <Icon path={PATHS.right} />
      </button>
      <select className="input size-input" aria-label={texts.size} value={view.size} onChange={(event) => ask(() => onSize(Number(event.target.value)))}>
        {setup.sizes.map((size) => (
          <option key={size} value={size}>
            {fill(texts.sizeN, { n: size })}
          </option>
        ))}
      </select>
    </nav>
  );
}

const arrange = (setup, columns) => {
  const shown = columns.map((column) => column.key).filter((key) => key !== setup.pinned);
  const rest = setup.fields.filter((field) => field.shown && field.key !== setup.pinned && !shown.includes(field.key)).map((field) => field.key);
  return [...shown, ...rest];
};

export function ColumnChooser({ setup, columns, texts, onColumns }) {
  const [order, setOrder] = useState(null);
  const [held, setHeld] = useState(null);
  // Ticks show at once; the server's answer confirms them.
  const [ticks, setTicks] = useState(null);
  useEffect(() => setTicks(null), [columns]);
  const list = order ?? arrange(setup, columns);
  const shown = ticks ?? new Set(columns.map((column) => column.key));
  const labels = Object.fromEntries(setup.fields.map((field) => [field.key, field.label]));
  const send = (keys, ticked) => ask(() => onColumns([setup.pinned, ...keys.filter((key) => ticked.has(key))]));
  const tick = (key) => {
    const ticked = new Set(shown);
    if (!ticked.delete(key)) ticked.add(key);
    setTicks(ticked);
    setOrder(list);
    send(list, ticked);
  };
  const move = (key, to) => {
    const from = list.indexOf(key);
    if (to < 0 || to >= list.length || from === to) return list;
    const next = list.filter((one) => one !== key);
    next.splice(to, 0, key);
    setOrder(next);
    return next;
  };
  const keys = (event, key) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    if (event.altKey) send(move(key, list.indexOf(key) + by), shown);
    else event.currentTarget.closest("li")[by < 0 ? "previousElementSibling" : "nextElementSibling"]?.querySelector("input")?.focus();
  };
  return (
    <Popover.Root onOpenChange={(open) => !open && setOrder(null)}>
      <Popover.Trigger>
        <button type="button" className="icon-button" aria-label={texts.columns} title={texts.columns}>
          <Icon path={PATHS.columns} />
        </button>
      </Popover.Trigger>
      <Popover.Content size="1" align="end" className="pop" aria-label={texts.columns}>
        <div className="pop-head">
          <span className="section-title">{texts.columns}</span>
          <button type="button" className="button button-ghost button-small" onClick={() => { setOrder(null); ask(() => onColumns(setup.standard)); }}>
            {texts.reset}
          </button>
        </div>
        <p className="small quiet pop-note">{texts.columnsHelp}</p>
        <ul className="pop-list">
          {list.map((key, index) => (
            <li
              key={key}
              draggable
              className={held === key ? "pop-line held" : "pop-line"}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                setHeld(key);
              }}
              onDragOver={(event) => {
                event.preventDefault();
                if (held && held !== key) move(held, index);
              }}
              onDrop={(event) => event.preventDefault()}
              onDragEnd={() => {
                setHeld(null);
                send(list, shown);
              }}
            >
              <label className="pop-check">
                <input type="checkbox" checked={shown.has(key)} onChange={() => tick(key)} onKeyDown={(event) => keys(event, key)} />
                {labels[key]}
              </label>
              <span className="handle" title={texts.columnsHelp}>
                <Icon size={14} path={PATHS.grip} />
              </span>
            </li>
          ))}
        </ul>
      </Popover.Content>
    </Popover.Root>
  );
}

export function DensityButton({ density, texts, onDensity }) {
  const next = density === "compact" ? "normal" : "compact";
  return (
    <button
      type="button"
      className="icon-button hide-phone"
      aria-pressed={density === "compact"}
      aria-label={texts.compact}
      title={texts.compact}
      onClick={() => onDensity(next)}
    >
      <Icon path={PATHS.rows} />
    </button>
  );
}

// On a phone there are no headers to click.
export function SortSelect({ view, setup, texts, onSort }) {
  const field = setup.fields.find((one) => one.key === view.sort);
  return (
    <span className="phone-sort">
      <select className="input" aria-label={texts.order} value={view.sort} onChange={(event) => ask(() => onSort(event.target.value))}>
        {setup.fields.filter((one) => one.sortable).map((one) => (
          <option key={one.key} value={one.key}>
            {one.label}
          </option>
        ))}
      </select>
      <button type="button" className="icon-button" aria-label={view.descending ? texts.descending : texts.ascending} disabled={!field}
        onClick={() => ask(() => onSort(view.sort))}>
        <Icon path={view.descending ? PATHS.down : PATHS.up} />
      </button>
    </span>
  );
}

export function ListTotal({ view, texts }) {
  return (
    <span className="list-total" role="status">
      {fill(texts.total, { n: grouped(view.total) })}
    </span>
  );
}
