// What a list shows and how: columns and their order, density, and the sorting of a list without headers.
import { useEffect, useState } from "react";
import { Popover } from "@radix-ui/themes";
import { ask, Icon, PATHS } from "./parts.jsx";

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
