// The rows that are ticked: by their keys, over all pages of one query, or all of its rows at once. Kept by the browser
// alone until something is done with them.
import { useEffect, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { useShortcut } from "$/public/external/crm_app/ui/keys/keys.jsx";
import { fill, Icon, PATHS } from "./parts.jsx";

const MOST = 1000;
const NOTHING = { keys: new Set(), all: false, full: false };
const store = { now: NOTHING, anchor: null, rows: [], of: null, listeners: new Set() };

const put = (next) => {
  store.now = next;
  store.listeners.forEach((listener) => listener());
};
const putKeys = (keys, full = false) => put({ keys, all: false, full });
const subscribe = (listener) => {
  store.listeners.add(listener);
  return () => store.listeners.delete(listener);
};
export const useSelection = () => useSyncExternalStore(subscribe, () => store.now, () => NOTHING);

const isOn = (key) => store.now.all || store.now.keys.has(key);
const present = () => store.rows.map((row) => row.key);

// Tick a row of the page or take its tick away; with `range`, all from the one that was ticked last.
export const toggleRow = (key, { range = false } = {}) => {
  const on = !isOn(key);
  const keys = new Set(store.now.all ? present() : store.now.keys);
  const order = present();
  const [from, to] = [order.indexOf(store.anchor), order.indexOf(key)];
  const some = range && from >= 0 && to >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
  some.forEach((one) => (on ? keys.size < MOST && keys.add(one) : keys.delete(one)));
  store.anchor = key;
  putKeys(keys, on && some.some((one) => !keys.has(one)));
};

const togglePage = (on) => {
  const keys = new Set(store.now.all ? [] : store.now.keys);
  present().forEach((key) => (on ? keys.size < MOST && keys.add(key) : keys.delete(key)));
  putKeys(keys, on && present().some((key) => !keys.has(key)));
};

export const clearSelection = () => {
  store.anchor = null;
  if (store.now !== NOTHING) put(NOTHING);
};

// What an event is sent with; see `listing.components.selected`.
export const selectedKeys = () => (store.now.all ? [] : [...store.now.keys]);
export const isAllSelected = () => store.now.all;
export const listAddress = () => window.location.search.slice(1);

// Other conditions are other rows: what was ticked among the former ones is nobody's any more.
const queryOf = (view) => JSON.stringify([view.view, view.box, view.chips.map((chip) => [chip.field, chip.operator, chip.values, chip.group])]);

export const useRowsOf = (rows, view) => {
  store.rows = rows;
  useLayoutEffect(() => {
    const query = queryOf(view);
    if (store.of !== null && store.of !== query) clearSelection();
    store.of = query;
  }, [view.chips, view.box, view.view]);
  useEffect(
    () => () => {
      store.of = null;
      clearSelection();
    },
    [],
  );
};

export function RowTick({ row, on, label, stop }) {
  return (
    <label className="row-tick">
      <input type="checkbox" checked={on} aria-label={fill(label, { name: row.name })} data-key={row.key} data-row-tick tabIndex={stop ? 0 : -1} onChange={(event) => toggleRow(row.key, { range: event.nativeEvent.shiftKey })} />
    </label>
  );
}

export function PageTick({ rows, label }) {
  const now = useSelection();
  const box = useRef(null);
  const ticked = rows.filter((row) => now.all || now.keys.has(row.key)).length;
  const whole = rows.length > 0 && ticked === rows.length;
  useEffect(() => {
    if (box.current) box.current.indeterminate = ticked > 0 && !whole;
  }, [ticked, whole]);
  return (
    <label className="row-tick">
      <input ref={box} type="checkbox" checked={whole} disabled={!rows.length} aria-label={label} onChange={() => togglePage(!whole)} />
    </label>
  );
}

// The bar at the foot of the list. `used` grows when what was ticked was made use of.
export function SelectionBar({ view, used, label, texts, children }) {
  const now = useSelection();
  const count = now.all ? view.total : now.keys.size;
  useShortcut("close", clearSelection, count > 0);
  useEffect(() => {
    if (used) clearSelection();
  }, [used]);
  const wholePage = store.rows.length > 0 && store.rows.every((row) => now.keys.has(row.key));
  const n = (value) => value.toLocaleString("en-US");
  return (
    <>
      <div className="sr" role="status">{count ? fill(now.all ? texts.allTicked : texts.ticked, { n: n(count) }) : ""}</div>
      {count ? (
        <section className="selection-bar" aria-label={label}>
          <span className="selection-count tabular" aria-hidden="true">{fill(now.all ? texts.allTicked : texts.ticked, { n: n(count) })}</span>
          {!now.all && (wholePage || now.full) && view.total > now.keys.size ? (
            <button type="button" className="button button-ghost button-small" onClick={() => put({ keys: new Set(), all: true, full: false })}>
              {fill(texts.tickAll, { n: n(view.total) })}
            </button>
          ) : null}
          {now.full ? <span className="small quiet" role="alert">{fill(texts.full, { n: n(MOST) })}</span> : null}
          <div className="selection-actions">{children}</div>
          <button type="button" className="icon-button" aria-label={texts.untick} title={texts.untick} aria-keyshortcuts="Escape" onClick={clearSelection}>
            <Icon path={PATHS.cross} />
          </button>
        </section>
      ) : null}
    </>
  );
}
