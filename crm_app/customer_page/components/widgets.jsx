// Editing one fact in its place, and copying a value.
import { useEffect, useId, useRef, useState } from "react";

// Shows a value; a click turns it into a field. Enter saves (Ctrl+Enter in several lines), Esc gives up, leaving saves.
// It stays open with what was typed until the server says that it is saved, so a lost connection loses nothing.
export function InlineEdit(props) {
  const {
    name, label, hint, shown, raw, kind = "line", options, editable, emptyText, busyText, version, saves, problem, onSave, onBegin, levels,
    path, onPick, saveLabel, cancelLabel, className, maxLength,
  } = props;
  const id = useId();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const box = useRef(null);
  const button = useRef(null);
  const skipBlur = useRef(false);
  // What the person saw when he began: the page may bring newer values of others while he types.
  const seen = useRef({ raw: "", version: 0 });

  const begin = () => {
    seen.current = { raw: raw ?? "", version };
    setText(raw ?? "");
    setRefused("");
    setBusy(false);
    skipBlur.current = false;
    setOpen(true);
    onBegin?.(name);
  };
  const close = (focus) => {
    skipBlur.current = true;
    setOpen(false);
    setBusy(false);
    if (focus) window.setTimeout(() => button.current?.focus(), 0);
  };
  const save = (value) => {
    if (busy) return;
    if (value === seen.current.raw) {
      close(true);
      return;
    }
    setRefused("");
    setBusy(true);
    onSave?.(name, value, seen.current.version);
  };

  useEffect(() => {
    if (!open) return;
    box.current?.focus();
    if (kind === "line" || kind === "day") box.current?.select?.();
  }, [open, kind === "region" && levels?.length > 0]);
  const lastSave = useRef(saves);
  useEffect(() => {
    if (saves === lastSave.current) return;
    lastSave.current = saves;
    if (busy) close(document.activeElement === box.current || document.activeElement === document.body);
  }, [saves]);
  const lastProblem = useRef(problem?.no);
  useEffect(() => {
    if (!problem || problem.no === lastProblem.current) return;
    lastProblem.current = problem.no;
    if (problem.field !== name) return;
    setBusy(false);
    setRefused(problem.text);
    box.current?.focus();
  }, [problem]);

  if (!editable) {
    return (
      <div className={`fact-value ${className ?? ""}`} data-empty={shown ? "false" : "true"}>
        {shown || emptyText}
      </div>
    );
  }
  if (!open) {
    return (
      <button
        ref={button}
        type="button"
        className={`fact-value fact-edit ${className ?? ""}`}
        data-empty={shown ? "false" : "true"}
        aria-label={`${hint} ${label}`}
        title={hint}
        onClick={begin}
      >
        {shown || emptyText}
      </button>
    );
  }

  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && (kind !== "area" || event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      save(text);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    }
  };
  const shared = {
    id, name, ref: box, className: "input fact-input", value: text, maxLength,
    "aria-label": label,
    "aria-invalid": refused ? true : undefined,
    "aria-describedby": refused ? `${id}-e` : undefined,
    "aria-busy": busy ? true : undefined,
    readOnly: busy || undefined,
    onKeyDown: keys,
    onBlur: () => {
      if (!skipBlur.current && !busy && !refused) save(text);
    },
  };
  const choices = (list, blank) => [
    <option key="" value="">
      {blank}
    </option>,
    ...(list ?? []).map((option) => (
      <option key={option.value} value={option.value}>
        {option.label}
      </option>
    )),
  ];
  let field;
  if (kind === "select") {
    field = (
      <select
        {...shared}
        onChange={(event) => {
          setText(event.target.value);
          save(event.target.value);
        }}
      >
        {choices(options, emptyText)}
      </select>
    );
  } else if (kind === "area") {
    field = <textarea {...shared} rows={4} onChange={(event) => setText(event.target.value)} />;
  } else if (kind === "region") {
    const place = (path ?? []).filter(Boolean);
    field = (
      <div className="stack" onKeyDown={(event) => event.key === "Escape" && close(true)}>
        {(levels ?? []).map((list, depth) =>
          list.length ? (
            <select
              key={depth}
              ref={depth === 0 ? box : undefined}
              className="input fact-input"
              aria-label={`${label} ${depth + 1}`}
              value={place[depth] ?? ""}
              onChange={(event) => onPick?.(event.target.value || place[depth - 1] || "")}
            >
              {choices(list, emptyText)}
            </select>
          ) : null,
        )}
        <div className="row">
          <button type="button" className="button button-small button-primary" onClick={() => save(place[place.length - 1] ?? "")}>
            {saveLabel}
          </button>
          <button type="button" className="button button-small button-ghost" onClick={() => close(true)}>
            {cancelLabel}
          </button>
        </div>
      </div>
    );
  } else {
    field = (
      <input
        {...shared}
        type="text"
        placeholder={kind === "day" ? "YYYY-MM-DD" : undefined}
        onChange={(event) => {
          setText(event.target.value);
          setRefused("");
        }}
      />
    );
  }
  return (
    <div className={`fact-open ${className ?? ""}`}>
      {field}
      {busy ? (
        <div className="field-help" role="status">
          {busyText}
        </div>
      ) : null}
      {refused ? (
        <div className="field-error" id={`${id}-e`} role="alert">
          {refused}
        </div>
      ) : null}
    </div>
  );
}

const copyText = async (text) => {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // A server reached by plain http in the office has no clipboard interface.
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  document.body.appendChild(area);
  area.select();
  document.execCommand("copy");
  area.remove();
};

export function CopyButton({ text, label, doneLabel }) {
  const [done, setDone] = useState(false);
  const timer = useRef(null);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return (
    <button
      type="button"
      className="icon-button icon-button-small copy"
      aria-label={done ? doneLabel : label}
      title={done ? doneLabel : label}
      onClick={async () => {
        await copyText(text);
        setDone(true);
        window.clearTimeout(timer.current);
        timer.current = window.setTimeout(() => setDone(false), 1500);
      }}
    >
      <svg width="14" height="14" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" aria-hidden="true">
        {done ? (
          <path d="M20 6 9 17l-5-5" />
        ) : (
          <>
            <rect x="8" y="8" width="14" height="14" rx="2" />
            <path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2" />
          </>
        )}
      </svg>
      {done ? (
        <span className="sr" role="status">
          {doneLabel}
        </span>
      ) : null}
    </button>
  );
}

const PHONE = "(max-width: 760px)";

// A part of the page that is folded at first on a phone, where it would stand between the person and the timeline.
export function Fold({ title, children, className }) {
  const [open, setOpen] = useState(true);
  useEffect(() => {
    if (window.matchMedia(PHONE).matches) setOpen(false);
  }, []);
  return (
    <details className={className} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="section-title">{title}</summary>
      {children}
    </details>
  );
}
