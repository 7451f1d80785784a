// The keyboard of every page: one listener, one registry. The registry itself comes from `keys.py`; a part of a page says
// by id what it does when its keys are pressed, so that the sheet of shortcuts shows what works, and nothing else does.
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Dialog } from "@radix-ui/themes";
import { useNavigate } from "react-router";

const STROKE_MS = 1200;

// One for all copies of this module: pages load it with a version in its address, other parts of ours without.
const registry = (globalThis.crmKeys ??= { definitions: [], running: new Map(), listeners: new Set(), version: 0, before: { stroke: "", at: 0 } });
const tell = () => {
  registry.version += 1;
  registry.listeners.forEach((listener) => listener());
};
const subscribe = (listener) => {
  registry.listeners.add(listener);
  return () => registry.listeners.delete(listener);
};

// Does `run` when the keys of `id` are pressed. It is given the event; false says that it was not meant, and the next
// one that waits for these keys is asked. The latest that came is asked first.
export const useShortcut = (id, run, active = true) => {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    if (!active) return undefined;
    const entry = { run: (event) => latest.current(event) };
    registry.running.set(id, [entry, ...(registry.running.get(id) ?? [])]);
    tell();
    return () => {
      const rest = registry.running.get(id).filter((one) => one !== entry);
      if (rest.length) registry.running.set(id, rest);
      else registry.running.delete(id);
      tell();
    };
  }, [id, active]);
};

// A dialog that a key opened has no button to give the focus back to: it goes to where it was, if that is still there and
// nothing else has taken it.
export const useReturn = (open) => {
  const before = useRef(null);
  if (open && !before.current && typeof document !== "undefined") before.current = document.activeElement;
  return (event) => {
    event.preventDefault();
    const now = document.activeElement;
    if (!now || now === document.body || now.closest("[role=dialog]")) before.current?.focus?.({ preventScroll: true });
    before.current = null;
  };
};

const strokeOf = (event) => {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.altKey) return "";
  if (event.ctrlKey || event.metaKey) return `mod+${key}`;
  return event.shiftKey && event.key.length > 1 ? `Shift+${key}` : key;
};

// Whether an event is the key of an id, for the parts that take their keys while somebody types in them.
export const isKey = (event, id) => {
  const { isComposing } = event.nativeEvent ?? event;
  const stroke = strokeOf(event);
  return !isComposing && registry.definitions.some((one) => one.id === id && one.keys.includes(stroke));
};

const isTyping = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable=true]");
export const isAsked = () => document.querySelector("[role=dialog][data-state=open], [role=menu][data-state=open], [role=alertdialog]");

const fits = (definition, stroke, first) =>
  definition.keys.some((keys) => (first ? keys === `${first} ${stroke}` : keys === stroke));

const act = (event, typing, stroke, first) => {
  for (const definition of registry.definitions) {
    if (typing && !definition.typing) continue;
    if (!fits(definition, stroke, first)) continue;
    for (const entry of registry.running.get(definition.id) ?? []) {
      if (entry.run(event) === false) continue;
      event.preventDefault();
      return true;
    }
  }
  return false;
};

// What a button does that stands for a key.
export const runShortcut = (id) => registry.running.get(id)?.some((entry) => entry.run() !== false);
export const openPalette = () => runShortcut("palette");

const listen = () => {
  const { before } = registry;
  const press = (event) => {
    if (event.defaultPrevented || event.isComposing || event.key === "Process" || isAsked()) return;
    const [stroke, typing] = [strokeOf(event), Boolean(isTyping(event.target))];
    if (!stroke || ["Shift", "Control", "Meta"].includes(event.key)) return;
    const first = !typing && event.timeStamp - before.at < STROKE_MS ? before.stroke : "";
    before.stroke = "";
    if (first && act(event, typing, stroke, first)) return;
    if (act(event, typing, stroke, "")) return;
    const begins = !typing && registry.definitions.some((one) => one.keys.some((keys) => keys.startsWith(`${stroke} `)));
    if (begins) Object.assign(before, { stroke, at: event.timeStamp });
  };
  window.addEventListener("keydown", press);
  return () => window.removeEventListener("keydown", press);
};

// Leads to a page from everywhere.
export function KeyLink({ id, to }) {
  const navigate = useNavigate();
  useShortcut(id, () => {
    if (window.location.pathname === to) return false;
    navigate(to);
  });
  return null;
}

const isMac = () => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
const SIGNS = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", Escape: "Esc", mod: "Ctrl" };
const sign = (key) => (key === "mod" && isMac() ? "⌘" : SIGNS[key] ?? (key.length === 1 ? key.toUpperCase() : key));

export const Keys = ({ keys, words }) => (
  <span className="keys">
    {keys.split(" ").flatMap((stroke) => stroke.split("+")).map((key, place) => (
      <kbd key={place}>{words?.[key] ?? sign(key)}</kbd>
    ))}
  </span>
);

// What works on this page now; of a group of which nothing does, all that it would be elsewhere.
const shownOf = (definitions, group) => {
  const all = definitions.filter((one) => one.group === group);
  const here = all.filter((one) => registry.running.has(one.id));
  return group === "cell" || (group === "list" && !here.length) ? all : here;
};

export const showSheet = () => runShortcut("sheet");

// Listens, and shows the sheet of all shortcuts.
export function Shortcuts({ definitions, groups, title, closeLabel, orText, spaceText }) {
  const [open, setOpen] = useState(false);
  const back = useReturn(open);
  registry.definitions = definitions;
  useSyncExternalStore(subscribe, () => registry.version, () => 0);
  useEffect(listen, []);
  useShortcut("sheet", () => setOpen(true));
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Content className="sheet" aria-describedby={undefined} onCloseAutoFocus={back}>
        <div className="sheet-head">
          <Dialog.Title className="section-title">{title}</Dialog.Title>
          <Dialog.Close>
            <button type="button" className="icon-button" aria-label={closeLabel}>×</button>
          </Dialog.Close>
        </div>
        <div className="sheet-groups">
          {groups.map((group) => {
            const lines = shownOf(definitions, group.id);
            return lines.length ? (
              <section key={group.id} className="sheet-group">
                <h3 className="sheet-title">{group.label}</h3>
                <dl className="sheet-lines">
                  {lines.map((one) => (
                    <div key={one.id} className="sheet-line">
                      <dt>{one.label}</dt>
                      <dd>
                        {one.keys.slice(0, 2).map((keys, place) => (
                          <span key={keys}>
                            {place ? <span className="quiet small"> {orText} </span> : null}
                            <Keys keys={keys} words={{ Space: spaceText }} />
                          </span>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ) : null;
          })}
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
