// Saved views: the pinned ones in the sidebar of every page, and the switch of views above a list.
import { useEffect, useRef, useState } from "react";
import { Popover } from "@radix-ui/themes";
import { Link, useLocation } from "react-router";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const Icon = ({ path, size = 16, full }) => (
  <svg width={size} height={size} viewBox="0 0 24 24" fill={full ? "currentColor" : "none"} stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    <path d={path} />
  </svg>
);
const PATHS = {
  view: "M19 21l-7-4-7 4V5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2z",
  pin: "M12 17v5M9 10.8V4h6v6.8l3 3.2v3H6v-3z",
  down: "m6 9 6 6 6-6",
  more: "M4.5 12h1M11.5 12h1M18.5 12h1",
  check: "M20 6 9 17l-5-5",
};

// The list writes its address beside the router: what it says now is in the window.
const openView = (path) => {
  if (typeof window === "undefined" || window.location.pathname !== path) return 0;
  return Number(new URLSearchParams(window.location.search).get("view")) || 0;
};

// A tab asks once, when it knows whose it is, and again when its connection was lost: what was told meanwhile is missing.
let asked = "";

export function PinnedViews({ lines, loaded, connected, username, texts, onLoad, onArrange }) {
  useLocation();
  const [order, setOrder] = useState(null);
  const [held, setHeld] = useState(0);
  useEffect(() => {
    if (!connected) asked = "";
    else if (username && (!loaded || asked !== username)) {
      asked = username;
      onLoad();
    }
  }, [connected, loaded, username]);
  useEffect(() => setOrder(null), [lines]);
  const pinned = lines.filter((line) => line.pinned);
  if (!pinned.length) return null;
  const byId = Object.fromEntries(pinned.map((line) => [line.id, line]));
  const ids = (order ?? pinned.map((line) => line.id)).filter((id) => byId[id]);
  const move = (id, to) => {
    if (to < 0 || to >= ids.length) return ids;
    const next = ids.filter((one) => one !== id);
    next.splice(to, 0, id);
    setOrder(next);
    return next;
  };
  const keys = (event, id) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by || !event.altKey) return;
    event.preventDefault();
    onArrange(move(id, ids.indexOf(id) + by));
  };
  return (
    <div className="pinned">
      <div className="pinned-title nav-text" id="pinned-title">{texts.title}</div>
      <ul aria-labelledby="pinned-title">
        {ids.map((id, index) => {
          const line = byId[id];
          const here = openView(line.href.split("?")[0]) === id;
          return (
            <li
              key={id}
              draggable
              className={held === id ? "held" : undefined}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = "move";
                setHeld(id);
              }}
              onDragOver={(event) => {
                event.preventDefault();
                if (held && held !== id) move(held, index);
              }}
              onDrop={(event) => event.preventDefault()}
              onDragEnd={() => {
                setHeld(0);
                if (order) onArrange(ids);
              }}
            >
              <Link className="nav-item" to={line.href} title={`${line.name} · ${line.note}`} aria-current={here ? "page" : undefined} aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown" onKeyDown={(event) => keys(event, id)}>
                <Icon path={PATHS.view} full={here} />
                <span className="nav-text cut">{line.name}</span>
                {line.count ? (
                  <span className="nav-count" title={fill(texts.count, { n: line.count })}>
                    {line.count}
                  </span>
                ) : null}
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

// It stays open with what was typed until the new view is there: a refusal costs nothing.
function SaveAs({ audiences, texts, names, onSaveAs, done }) {
  const [name, setName] = useState("");
  const [audience, setAudience] = useState("private");
  const [pinned, setPinned] = useState(true);
  const [wrong, setWrong] = useState("");
  const field = useRef(null);
  const sent = useRef(-Infinity);
  const send = (event) => {
    event.preventDefault();
    const said = name.trim().split(/\s+/).join(" ");
    const problem = !said ? texts.noName : names.includes(said) ? fill(texts.taken, { name: said }) : "";
    setWrong(problem);
    if (problem) return field.current?.focus();
    // The second of two clicks would be told that the name is taken, by the first.
    if (performance.now() - sent.current < 1000) return;
    sent.current = performance.now();
    onSaveAs(said, audience, pinned);
  };
  return (
    <form className="stack view-form" onSubmit={send} noValidate>
      <label className="stack">
        <span className="field-label">{texts.name}</span>
        <input ref={field} className="input" autoFocus aria-required maxLength={40} value={name} aria-invalid={wrong ? true : undefined} aria-describedby={wrong ? "view-name-wrong" : undefined}
          onChange={(event) => { setName(event.target.value); setWrong(""); }} />
      </label>
      {wrong ? <div className="field-error" id="view-name-wrong" role="alert">{wrong}</div> : null}
      <AudienceSelect {...{ audiences, texts, audience }} onChange={setAudience} />
      <label className="check-line">
        <input type="checkbox" checked={pinned} onChange={(event) => setPinned(event.target.checked)} />
        {texts.pin}
      </label>
      <div className="row view-buttons">
        <button type="button" className="button button-ghost button-small" onClick={done}>{texts.cancel}</button>
        <button type="submit" className="button button-primary button-small">{texts.confirm}</button>
      </div>
    </form>
  );
}

function AudienceSelect({ audiences, audience, texts, onChange }) {
  if (!audiences.length) return null;
  return (
    <label className="stack">
      <span className="field-label">{texts.audience}</span>
      <select className="input" value={audience} onChange={(event) => onChange(event.target.value)}>
        {audiences.map((one) => (
          <option key={one.code} value={one.code}>{one.label}</option>
        ))}
      </select>
      <span className="field-help">{texts.audienceHelp}</span>
    </label>
  );
}

function Manage({ line, audiences, texts, onRename, onShare, onWithdraw, onDelete, onDefault }) {
  const [name, setName] = useState(line.name);
  const [sure, setSure] = useState(false);
  // What was chosen shows at once; the server's answer confirms it, or the next lines take it back.
  const [standard, setStandard] = useState(line.standard);
  const [audience, setAudience] = useState(line.audience);
  useEffect(() => {
    setStandard(line.standard);
    setAudience(line.audience);
  }, [line]);
  const shared = line.audience !== "private";
  const withdrawable = line.mine || line.changeable;
  return (
    <div className="stack view-manage">
      {line.changeable ? (
        <form className="row" onSubmit={(event) => { event.preventDefault(); if (name.trim() && name.trim() !== line.name) onRename(line.id, name.trim()); }}>
          <input className="input" aria-label={texts.name} autoFocus maxLength={40} value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="button button-small">{texts.rename}</button>
        </form>
      ) : null}
      {line.changeable ? <AudienceSelect {...{ audiences, texts }} audience={audience} onChange={(code) => { setAudience(code); onShare(line.id, code); }} /> : null}
      {shared && withdrawable && !(line.changeable && audiences.length) ? (
        <button type="button" className="button button-small" onClick={() => onWithdraw(line.id)}>{texts.withdraw}</button>
      ) : null}
      <label className="check-line">
        <input type="checkbox" checked={standard} onChange={(event) => { setStandard(event.target.checked); onDefault(line.kind, event.target.checked ? line.id : 0); }} />
        {texts.default}
      </label>
      {withdrawable ? (
        sure ? (
          <div className="stack" role="alert">
            <span className="small">{texts.deleteSure}</span>
            <div className="row view-buttons">
              <button type="button" className="button button-ghost button-small" onClick={() => setSure(false)}>{texts.cancel}</button>
              <button type="button" className="button button-danger button-small" autoFocus onClick={() => onDelete(line.id)}>{texts.deleteNow}</button>
            </div>
          </div>
        ) : (
          <button type="button" className="button button-ghost button-danger button-small view-delete" onClick={() => setSure(true)}>{texts.delete}</button>
        )
      ) : null}
    </div>
  );
}

const walk = (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by || event.target.matches("input, select")) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll("a.view-link")];
  const here = all.indexOf(event.target.closest("li")?.querySelector("a.view-link"));
  all[(here + by + all.length) % all.length]?.focus();
};

function Lines({ lines, view, open, setOpen, close, texts, onPin, ...acts }) {
  return lines.map((line) => (
    <li key={line.id}>
      <div className="view-line">
        <Link className="view-link" to={line.href} aria-current={view.view === line.id ? "true" : undefined} onClick={close}>
          <span className="cut">{line.name}</span>
          {line.standard ? <span className="badge c-gray">{texts.isDefault}</span> : null}
          <span className="small quiet cut view-note" title={line.note}>{line.note}</span>
          {line.count ? <span className="nav-count">{line.count}</span> : null}
        </Link>
        <button type="button" className="icon-button icon-button-small" aria-pressed={line.pinned} aria-label={fill(line.pinned ? texts.unpinOne : texts.pinOne, { name: line.name })}
          title={fill(line.pinned ? texts.unpinOne : texts.pinOne, { name: line.name })} onClick={() => onPin(line.id, !line.pinned)}>
          <Icon size={14} path={PATHS.pin} full={line.pinned} />
        </button>
        <button type="button" className="icon-button icon-button-small" aria-expanded={open === line.id} aria-label={fill(texts.more, { name: line.name })} title={fill(texts.more, { name: line.name })}
          onClick={() => setOpen(open === line.id ? 0 : line.id)}>
          <Icon size={14} path={PATHS.more} />
        </button>
      </div>
      {open === line.id ? <Manage key={`${line.id}:${line.name}`} {...{ line, texts }} {...acts} /> : null}
    </li>
  ));
}

export function ViewSwitch({ kind, path, allLabel, view, lines: all, audiences, texts, onSave, onSaveAs, onDiscard, ...acts }) {
  const [open, setOpen] = useState(false);
  const [managed, setManaged] = useState(0);
  const [naming, setNaming] = useState(false);
  const trigger = useRef(null);
  useEffect(() => setNaming(false), [view.view]);
  const lines = all.filter((line) => line.kind === kind);
  const now = lines.find((line) => line.id === view.view);
  const name = view.view ? now?.name ?? view.view_name : allLabel;
  const change = (next) => {
    setOpen(next);
    setManaged(0);
  };
  const close = () => change(false);
  const plain = lines.some((line) => line.standard) ? `${path}?view=0` : path;
  const shared = { view, open: managed, setOpen: setManaged, close, texts, audiences, ...acts };
  const [mine, others] = [lines.filter((line) => line.mine), lines.filter((line) => !line.mine)];
  const changed = view.changed && (view.view || view.narrowed);
  return (
    <div className="view-bar" role="group" aria-label={texts.title}>
      <Popover.Root open={open} onOpenChange={change}>
        <Popover.Trigger>
          <button ref={trigger} type="button" className="view-now" aria-label={fill(texts.choose, { name })}>
            <Icon path={PATHS.view} full={Boolean(view.view)} />
            <span className="cut">{name}</span>
            {changed && view.view ? <span className="view-dot" title={texts.changed}><span className="sr">{texts.changed}</span></span> : null}
            <Icon size={14} path={PATHS.down} />
          </button>
        </Popover.Trigger>
        <Popover.Content size="1" align="start" className="pop view-pop" aria-label={texts.title}>
          <div className="view-lists" onKeyDown={walk}>
            <ul>
              <li>
                <div className="view-line">
                  <Link className="view-link" to={plain} aria-current={view.view ? undefined : "true"} onClick={close}>{allLabel}</Link>
                </div>
              </li>
            </ul>
            {mine.length ? <div className="view-head">{texts.mine}</div> : null}
            {mine.length ? <ul><Lines lines={mine} {...shared} /></ul> : null}
            {others.length ? <div className="view-head">{texts.others}</div> : null}
            {others.length ? <ul><Lines lines={others} {...shared} /></ul> : null}
            {lines.length ? null : <p className="small quiet pop-note">{texts.none}</p>}
          </div>
        </Popover.Content>
      </Popover.Root>
      {changed ? (
        <>
          {now?.changeable ? <button type="button" className="button button-small" aria-label={texts.save} title={texts.save} onClick={onSave}>{texts.saveShort}</button> : null}
          <Popover.Root open={naming} onOpenChange={setNaming}>
            <Popover.Trigger>
              <button type="button" className="button button-ghost button-small" aria-label={texts.saveAs} title={texts.saveAs}>{texts.saveAsShort}</button>
            </Popover.Trigger>
            <Popover.Content size="1" align="start" className="pop" aria-label={texts.saveAs}>
              <SaveAs {...{ audiences, texts, onSaveAs }} names={mine.map((line) => line.name)} done={() => setNaming(false)} />
            </Popover.Content>
          </Popover.Root>
          {view.view ? <button type="button" className="button button-ghost button-small" aria-label={texts.discard} title={texts.discard} onClick={onDiscard}>{texts.discardShort}</button> : null}
        </>
      ) : null}
    </div>
  );
}
