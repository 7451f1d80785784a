// Editing one fact in its place, copying a value, and the two parts of the page on a phone.
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { dropDraft, readDraft, writeDraft } from "$/public/external/crm_app/ui/fields/fields.jsx";

const RESTORED = "crm:restored";
const COMPOSE = "crm:compose";

const parse = (kept) => {
  try {
    return JSON.parse(kept);
  } catch {
    return null;
  }
};

// Shows a value; a click turns it into a field. Enter saves (Ctrl+Enter in several lines), Esc gives up, leaving saves.
// It stays open with what was typed until the server says that it is saved, so a lost connection loses nothing. What is
// typed is kept as a draft until then, with the version it was begun on, and stands in the open field after a reload.
export function InlineEdit(props) {
  const {
    name, label, hint, shown, raw, kind = "line", options, editable, emptyText, busyText, version, saves, problem, onSave, onBegin, levels,
    path, onPick, saveLabel, cancelLabel, draft, restoredText, discardLabel, className, maxLength, help,
  } = props;
  const id = useId();
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState("");
  const [restored, setRestored] = useState(false);
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
    setRestored(false);
    skipBlur.current = false;
    setOpen(true);
    onBegin?.(name);
  };
  const type = (next) => {
    setText(next);
    writeDraft(draft, JSON.stringify({ text: next, ...seen.current }));
  };
  const close = (focus) => {
    dropDraft(draft);
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
    const kept = parse(readDraft(draft));
    if (!editable || open || typeof kept?.text !== "string") return;
    if (kept.text.trim() === (raw ?? "")) {
      dropDraft(draft); // It was saved; only the answer was not heard any more.
      return;
    }
    seen.current = { raw: kept.raw, version: kept.version };
    setText(kept.text);
    setRestored(true);
    setOpen(true);
    if (kind === "region") onPick?.(kept.text);
    window.dispatchEvent(new Event(RESTORED));
  }, [draft, editable]);
  useEffect(() => {
    if (restored && open && text.trim() === raw) close(false);
  }, [raw]);
  // The places to pick from come from the server: one that was started anew is asked for them again.
  const offered = useRef(false);
  useEffect(() => {
    if (kind !== "region" || !open) return;
    if (offered.current && !levels?.length) onPick?.(text);
    offered.current = levels?.length > 0;
  }, [open, levels?.length]);
  useEffect(() => {
    if (!open || restored) return;
    box.current?.focus();
    if (kind === "line" || kind === "day") box.current?.select?.();
  }, [open, kind === "region" && levels?.length > 0]);
  const lastSave = useRef(saves);
  useEffect(() => {
    if (saves === lastSave.current) return;
    const raised = saves > lastSave.current;
    lastSave.current = saves;
    if (!raised) setBusy(false); // A restarted server counts anew, and knows nothing of a save that it did not answer.
    else if (busy) close(document.activeElement === box.current || document.activeElement === document.body);
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
    "aria-describedby": refused ? `${id}-e` : help ? `${id}-h` : undefined,
    "aria-busy": busy ? true : undefined,
    readOnly: busy || undefined,
    onKeyDown: keys,
    onBlur: () => {
      if (!skipBlur.current && !busy && !refused && !restored) save(text);
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
          type(event.target.value);
          save(event.target.value);
        }}
      >
        {choices(options, emptyText)}
      </select>
    );
  } else if (kind === "many") {
    const chosen = text ? text.split(",") : [];
    const put = (code, on) =>
      type((options ?? []).map((option) => option.value).filter((one) => (one === code ? on : chosen.includes(one))).join(","));
    field = (
      <fieldset className="plain-fieldset stack" aria-label={label} onKeyDown={(event) => event.key === "Escape" && close(true)}>
        {(options ?? []).map((option, place) => (
          <label key={option.value} className="check-line">
            <input
              type="checkbox"
              ref={place === 0 ? box : undefined}
              checked={chosen.includes(option.value)}
              onChange={(event) => put(option.value, event.target.checked)}
            />
            {option.label}
          </label>
        ))}
        <div className="row">
          <button type="button" className="button button-small button-primary" onClick={() => save(text)}>
            {saveLabel}
          </button>
          <button type="button" className="button button-small button-ghost" onClick={() => close(true)}>
            {cancelLabel}
          </button>
        </div>
      </fieldset>
    );
  } else if (kind === "area") {
    field = <textarea {...shared} rows={4} onChange={(event) => type(event.target.value)} />;
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
              onChange={(event) => {
                const picked = event.target.value || place[depth - 1] || "";
                type(picked);
                onPick?.(picked);
              }}
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
          type(event.target.value);
          setRefused("");
        }}
      />
    );
  }
  return (
    <div className={`fact-open ${className ?? ""}`}>
      {field}
      {help && !refused ? (
        <div id={`${id}-h`} className="field-help">
          {help}
        </div>
      ) : null}
      {restored && !busy ? (
        <div className="fact-restored">
          <span className="field-help" role="status">
            {restoredText}
          </span>
          {kind === "region" ? null : (
            <button type="button" className="button button-small button-primary" onClick={() => save(text)}>
              {saveLabel}
            </button>
          )}
          <button type="button" className="button button-small" onClick={() => close(true)}>
            {discardLabel}
          </button>
        </div>
      ) : null}
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

// What happened and what is known: side by side where there is room, one after a tap on a phone, so that neither stands
// below the other. What is kept of an edit and the button for a new follow-up lead to where they are.
export function PhoneParts({ label, workLabel, factsLabel, className, children }) {
  const [part, setPart] = useState("work");
  // A layout effect: the fields inside tell of their drafts as soon as they are there.
  useLayoutEffect(() => {
    const facts = () => setPart("facts");
    const work = () => setPart("work");
    window.addEventListener(RESTORED, facts);
    window.addEventListener(COMPOSE, work);
    return () => {
      window.removeEventListener(RESTORED, facts);
      window.removeEventListener(COMPOSE, work);
    };
  }, []);
  const choice = (name, text) => (
    <button type="button" className="part-choice" aria-pressed={part === name} onClick={() => setPart(name)}>
      {text}
    </button>
  );
  return (
    <div className={className} data-part={part}>
      <div className="part-choices" role="group" aria-label={label}>
        {choice("work", workLabel)}
        {choice("facts", factsLabel)}
      </div>
      {children}
    </div>
  );
}
