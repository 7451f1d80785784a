// The table of every list: plain table elements, drawn again only where a row changed; widths and keys.
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { CellEditor } from "./editing.jsx";
import { placeOf, useRowClicks, useRowKeys } from "./focus.jsx";
import { CellButton, RowMenu, usePhone } from "./cells.jsx";
import { answered, ask, fill, Icon, PATHS, useWaiting } from "./parts.jsx";
import { PageTick, RowTick, useRowsOf, useSelection } from "./selection.jsx";

// Pages take it from here: imported by its own address it would be a second one, with ticks of its own.
export { isAllSelected, listAddress, selectedKeys, SelectionBar } from "./selection.jsx";

// The page makes the same texts anew with each change; rows need not be drawn again for that.
const useSame = (texts) => {
  const kept = useRef(texts);
  if (Object.keys(texts).some((key) => texts[key] !== kept.current[key])) kept.current = texts;
  return kept.current;
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

const Badge = ({ choice, code }) => <span className={`badge c-${choice?.color || "gray"}`} data-code={code}>{choice?.label ?? code}</span>;

const cellContent = (column, value, row, lookup, texts) => {
  if (!value) return null;
  switch (column.kind) {
    case "badge":
      return <Badge choice={lookup[column.choices]?.[value]} code={value} />;
    case "tags":
      return value.split(",").map((code) => <Badge key={code} choice={lookup[column.choices]?.[code]} code={code} />);
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

const Line = memo(function Line({ row, columns, lookup, base, texts, onMenu, ticks, ticked, stop, peeked }) {
  return (
    <tr data-ticked={ticked || undefined} data-peeked={peeked || undefined}>
      <th scope="row" className="cell name">
        <span className="name-box">
          {ticks ? <RowTick row={row} on={ticked} label={texts.tickRow} stop={stop} /> : null}
          {row.starred ? <Star label={texts.star} /> : null}
          <Link className="row-link" tabIndex={stop ? 0 : -1} to={base + encodeURIComponent(row.key)}>
            {row.name}
          </Link>
          {onMenu ? (
            <button type="button" className="icon-button row-more" aria-haspopup="dialog" aria-label={fill(texts.filterRow, { name: row.name })} onClick={onMenu}>
              <Icon size={14} path={PATHS.funnel} />
            </button>
          ) : null}
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

function Head({ column, view, texts, width, onSort, onDrag, onKeep, tick }) {
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
      {tick}
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

const lineOf = (element) => element.closest("tr").sectionRowIndex;

const buildLookup = (choices) =>
  Object.fromEntries(Object.entries(choices ?? {}).map(([name, all]) => [name, Object.fromEntries(all.map((one) => [one.code, one]))]));

export function ListTable({ rows, columns, view, setup, base, density, label, texts: said, searchId, ticks, onSort, onFilter, onWidth, cell, answer, places, draft, onEdit, onSave, onFind, peek, onPeek, children }) {
  const texts = useSame(said);
  const box = useRef(null);
  const [dragged, setDragged] = useState({});
  const lookup = useRef({ choices: null, value: {} });
  if (lookup.current.choices !== setup.choices) lookup.current = { choices: setup.choices, value: buildLookup(setup.choices) };
  const phone = usePhone();
  const ticked = useSelection();
  useRowsOf(rows, view);
  const [menu, setMenu] = useState(null);
  // At an element of a row, or at the pointer.
  const openMenu = useCallback((element, at) => {
    const [outer, inner] = [box.current.getBoundingClientRect(), element.getBoundingClientRect()];
    const [x, y] = at ?? [inner.left, inner.bottom];
    setMenu({ line: lineOf(element), left: box.current.scrollLeft + x - outer.left, top: box.current.scrollTop + y - outer.top });
  }, []);
  const fromButton = useCallback((event) => openMenu(event.currentTarget), []);
  const fromPointer = (event) => {
    const cell = event.target.closest("td.cell");
    if (!cell || event.shiftKey || window.getSelection()?.toString()) return;
    event.preventDefault();
    openMenu(cell, event.clientX || event.clientY ? [event.clientX, event.clientY] : undefined);
  };
  const control = useRef(null);
  const edit = useCallback((line, place) => control.current?.(line, place), []);
  const editing = onEdit ? edit : undefined;
  useRowKeys({ box, rows, searchId, base, peek, onPeek, openMenu, edit: editing });
  const { click, twice } = useRowClicks({ columns, rows, base, onPeek, edit: editing });
  // The row that had the focus last is where Tab comes back to.
  const [stop, setStop] = useState(0);
  const focused = (event) => {
    const at = placeOf(event.target);
    if (at) setStop(at.line);
  };

  const since = useWaiting();
  useLayoutEffect(() => {
    answered();
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

  const reveal = (event) => {
    const cell = event.target.closest(".cell");
    const text = cell?.querySelector(".row-link") ?? cell;
    if (text && !text.title && text.scrollWidth > text.clientWidth) text.title = text.textContent;
  };

  return (
    <div className="list-box" ref={box} data-density={density} data-ticks={ticks || undefined} aria-busy={since ? true : undefined} style={{ "--pinned": `${columns.length ? widthOf(columns[0]) : 0}px` }}>
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
            {columns.map((column, index) => (
              <Head key={column.key} tick={ticks && !index ? <PageTick rows={rows} label={texts.tickPage} /> : null} column={column} view={view} texts={texts} width={widthOf(column)} onSort={onSort} onDrag={drag} onKeep={keep} />
            ))}
            <td className="filler" aria-hidden="true" />
          </tr>
        </thead>
        {/* Rows keep their place when the page turns: changing texts is faster than changing rows. */}
        <tbody onClick={click} onDoubleClick={twice} onFocus={focused} onMouseOver={reveal} onContextMenu={fromPointer}>
          {rows.map((row, index) => (
            <Line key={index} row={row} columns={columns} lookup={lookup.current.value} base={base} texts={texts} onMenu={phone ? fromButton : undefined}
              ticks={ticks} ticked={Boolean(ticks) && (ticked.all || ticked.keys.has(row.key))}
              stop={index === Math.min(stop, rows.length - 1)} peeked={Boolean(peek) && row.key === peek} />
          ))}
        </tbody>
      </table>
      <CellButton {...{ box, rows, columns, texts, onFilter }} lookup={lookup.current.value} />
      <RowMenu {...{ menu, setMenu, box, rows, columns, texts, onFilter }} lookup={lookup.current.value} />
      {onEdit ? <CellEditor {...{ control, box, rows, columns, cell, answer, places, texts, draft, onEdit, onSave, onFind }} /> : null}
      {children}
    </div>
  );
}
