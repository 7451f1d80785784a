// Ctrl or ⌘ with K: what the browser knows — pages, actions, views — at once, and the customers as the server finds them.
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { Dialog } from "@radix-ui/themes";
import { useLocation, useNavigate } from "react-router";
import { signOut } from "$/public/external/crm_app/ui/browser/browser.jsx";
import { isAsked, Keys, useReturn, useShortcut } from "$/public/external/crm_app/ui/keys/keys.jsx";

const PAUSE_MS = 120;
const MOST_RECENT = 6;
const MOST_COMMANDS = 7;
const PATHS = {
  page: "M5 12h14M13 6l6 6-6 6",
  action: "M13 2 4 14h7l-1 8 9-12h-7z",
  view: "M19 21l-7-4-7 4V5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2z",
  customer: "M6 22V4a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v18M4 22h16M10 6h4M10 10h4M10 14h4M10 18h4",
};
const Sign = ({ kind }) => (
  <svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    <path d={PATHS[kind]} />
  </svg>
);

// The numbers of the customers whose pages were open last, of this person on this browser. Their names are asked for:
// one that went out of reach is not named any more.
const recentKey = (username) => `crm_recent:${username}`;
const readRecent = (username) => {
  try {
    const kept = JSON.parse(window.localStorage.getItem(recentKey(username)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
};
const useRecent = (username, base) => {
  const { pathname } = useLocation();
  useEffect(() => {
    const number = pathname.startsWith(base) ? decodeURIComponent(pathname.slice(base.length).replace(/\/$/, "")) : "";
    if (!username || !number || number === "new" || number.includes("/")) return;
    const rest = readRecent(username).filter((one) => one !== number);
    window.localStorage.setItem(recentKey(username), JSON.stringify([number, ...rest].slice(0, MOST_RECENT)));
  }, [pathname, username]);
};

// How well an entry fits: as a whole, at its beginning, by its pinyin or another word's beginning, anywhere.
const score = (entry, said) => {
  const [label, words] = [entry.label.toLowerCase(), entry.words ?? []];
  if (label === said) return 4;
  if (label.startsWith(said)) return 3;
  if (words.some((word) => word.startsWith(said))) return 2;
  return label.includes(said) ? 1 : 0;
};
const best = (entries, said) =>
  entries
    .map((entry, place) => ({ entry, place, score: score(entry, said) }))
    .filter((one) => one.score)
    .sort((a, b) => b.score - a.score || a.place - b.place);

const customerEntry = (one, base) => ({ id: `c:${one.number}`, kind: "customer", label: one.name, customer: one, to: base + encodeURIComponent(one.number) });

const groupsOf = ({ said, commands, views, answer, recent, base, texts, picking }) => {
  const customers = (list) => list.map((one) => customerEntry(one, base));
  if (!said) {
    const shown = [{ id: "recent", label: texts.recent, entries: customers(recent) }];
    if (picking) return shown.filter((group) => group.entries.length);
    return [
      ...shown,
      { id: "actions", label: texts.actions, entries: commands.filter((one) => one.kind === "action") },
      { id: "pages", label: texts.pages, entries: commands.filter((one) => one.kind === "page") },
      { id: "views", label: texts.views, entries: views.slice(0, MOST_COMMANDS) },
    ].filter((group) => group.entries.length);
  }
  const found = { id: "customers", label: texts.customers, entries: customers(answer), top: answer.some((one) => one.near) ? 2.5 : 1.5 };
  const ranked = picking
    ? []
    : [["commands", texts.commands, commands], ["views", texts.views, views]].map(([id, label, all]) => {
        const fitting = best(all, said).slice(0, MOST_COMMANDS);
        return { id, label, entries: fitting.map((one) => one.entry), top: fitting[0]?.score ?? 0 };
      });
  return [...ranked, found].filter((group) => group.entries.length).sort((a, b) => b.top - a.top);
};

// The composer of the customer's page, as soon as it is there.
const COMPOSER = "section.composer";
const compose = () => {
  const open = () => {
    if (!document.querySelector(COMPOSER)) return false;
    window.setTimeout(() => window.dispatchEvent(new Event("crm:compose")), 0);
    return true;
  };
  if (open()) return;
  const watcher = new MutationObserver(() => open() && watcher.disconnect());
  watcher.observe(document.body, { childList: true, subtree: true });
  window.setTimeout(() => watcher.disconnect(), 10000);
};

function Option({ entry, id, active, onPick, onAt, texts }) {
  const { customer } = entry;
  return (
    <div id={id} role="option" aria-selected={active} className="palette-option" onPointerMove={onAt} onClick={onPick}>
      <Sign kind={entry.kind} />
      <span className="palette-label cut">
        {customer?.starred ? <span className="star" title={texts.star}>★<span className="sr">{texts.star}</span></span> : null}
        {entry.label}
      </span>
      {customer ? (
        <span className="palette-note">
          <span className="quiet small hide-phone">{customer.number}{customer.owner ? ` · ${customer.owner}` : ""}</span>
          <span className={`badge c-${customer.color}`}>{customer.level}</span>
        </span>
      ) : null}
      {entry.note ? <span className="palette-note quiet small">{entry.note}</span> : null}
      {entry.keys ? <span className="palette-note"><Keys keys={entry.keys} /></span> : null}
    </div>
  );
}

function Search({ props, close, picking, setPicking }) {
  const { commands, views, answer, recent, customersPath, texts, mayFind, username, onFind, onLookBack, onLanguage, onTheme, onExport } = props;
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState(0);
  const id = useId();
  const timer = useRef(null);
  const list = useRef(null);
  const navigate = useNavigate();
  const base = `${customersPath}/`;
  const said = text.trim().toLowerCase();

  useEffect(() => {
    const numbers = readRecent(username);
    if (mayFind && numbers.length) onLookBack(numbers, Date.now());
    return () => window.clearTimeout(timer.current);
  }, []);
  const type = (next, composing) => {
    setText(next);
    setAt(0);
    window.clearTimeout(timer.current);
    if (!mayFind || composing || !next.trim()) return setAsked(0);
    const number = Date.now();
    setAsked(number);
    timer.current = window.setTimeout(() => onFind(next.trim(), number), PAUSE_MS);
  };
  // What was found for the text before stays until the answer to this one is there: nothing flickers.
  const waiting = Boolean(asked) && answer.asked !== asked;
  const groups = useMemo(
    () => groupsOf({ said, commands: commands.filter((one) => one.may), views, answer: said && mayFind ? answer.found : [], recent: recent.found, base, texts, picking }),
    [said, commands, views, answer, recent, picking, texts],
  );
  const entries = groups.flatMap((group) => group.entries);
  const active = Math.min(at, Math.max(0, entries.length - 1));
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active, entries.length]);

  const actions = {
    language: () => onLanguage(),
    theme: () => onTheme(),
    sign_out: signOut,
    export: () => {
      onExport(window.location.pathname.replace(/\/$/, "") === customersPath ? window.location.search.slice(1) : "");
      navigate({ pathname: customersPath, search: window.location.pathname.startsWith(customersPath) ? window.location.search : "" });
    },
  };
  const pick = (entry) => {
    if (!entry) return;
    if (entry.id === "follow_up" && !document.querySelector(COMPOSER)) {
      setPicking(true);
      type("");
      return;
    }
    close();
    if (entry.id === "follow_up" || picking) compose();
    if (entry.to) navigate(entry.to);
    else actions[entry.id]?.();
  };
  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    if (by) setAt((active + by + entries.length) % Math.max(1, entries.length));
    else if (event.key === "Home" && !text) setAt(0);
    else if (event.key === "End" && !text) setAt(entries.length - 1);
    else if (event.key === "Enter") pick(entries[active]);
    else if (event.key === "Backspace" && !text && picking) setPicking(false);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") close();
    else return;
    event.preventDefault();
  };
  let place = -1;
  return (
    <>
      <div className="palette-box">
        {picking ? <span className="badge c-blue">{texts.picking}</span> : null}
        <input
          className="palette-input" role="combobox" aria-expanded="true" aria-controls={`${id}-l`} aria-autocomplete="list" aria-label={picking ? texts.pickHint : texts.hint}
          aria-activedescendant={entries.length ? `${id}-${active}` : undefined} placeholder={picking ? texts.pickHint : texts.hint} autoFocus autoComplete="off"
          spellCheck={false} maxLength={100} value={text} onChange={(event) => type(event.target.value, event.nativeEvent.isComposing)}
          onCompositionEnd={(event) => type(event.currentTarget.value, false)} onKeyDown={keys}
        />
        <button type="button" className="icon-button palette-close" aria-label={texts.close} onClick={close}>×</button>
      </div>
      <div className="palette-wait" data-on={waiting || undefined} />
      <div ref={list} id={`${id}-l`} role="listbox" aria-label={texts.results} className="palette-list" onPointerDown={(event) => event.preventDefault()}>
        {groups.map((group) => (
          <div key={group.id} role="group" aria-labelledby={`${id}-${group.id}`} className="palette-group">
            <div id={`${id}-${group.id}`} className="palette-title">{group.label}</div>
            {group.entries.map((entry) => {
              const mine = (place += 1);
              return (
                <Option key={`${group.id}${entry.id}`} id={`${id}-${mine}`} entry={entry} active={mine === active} texts={texts} onAt={() => setAt(mine)} onPick={() => pick(entry)} />
              );
            })}
          </div>
        ))}
        {entries.length ? null : <div role="option" aria-disabled="true" aria-selected="false" className="palette-none quiet">{waiting ? texts.searching : picking && !said ? texts.pickHint : texts.none}</div>}
      </div>
      <div className="sr" role="status">{waiting ? "" : texts.count.replace("{n}", entries.length)}</div>
      <div className="palette-foot quiet small hide-phone">{texts.help}</div>
    </>
  );
}

const viewEntry = (view) => ({ id: view.href, kind: "view", label: view.name, note: view.note, to: view.href });

export function CommandPalette({ views, ...rest }) {
  const shown = useMemo(() => views.map(viewEntry), [views]);
  const props = { ...rest, views: shown };
  const [open, setOpen] = useState(false);
  const [picking, setPicking] = useState(false);
  const back = useReturn(open);
  useRecent(props.username, `${props.customersPath}/`);
  const show = () => {
    if (isAsked()) return false;
    setPicking(false);
    setOpen(true);
  };
  useShortcut("palette", show);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Content className="palette" align="start" aria-describedby={undefined} onCloseAutoFocus={back}>
        <Dialog.Title className="sr">{props.texts.title}</Dialog.Title>
        <Search props={props} close={() => setOpen(false)} picking={picking} setPicking={setPicking} />
      </Dialog.Content>
    </Dialog.Root>
  );
}
