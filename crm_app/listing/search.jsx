// The search box of every list.
import { useEffect, useRef, useState } from "react";
import { ask, Icon, PATHS, PAUSE_MS } from "./parts.jsx";

// What is typed belongs to the browser; the server answers with what remains after conditions became chips.
export function SearchBox({ id, label, hint, examples, clearLabel, view, onSearch }) {
  const [focused, setFocused] = useState(false);
  const [text, setText] = useState(view.box ?? "");
  const sent = useRef({ seq: 0, text: view.box ?? "" });
  const timer = useRef(null);
  const now = useRef(text);
  now.current = text;

  const send = (next, finished) => {
    window.clearTimeout(timer.current);
    sent.current = { seq: sent.current.seq + 1, text: next };
    ask(() => onSearch(next, finished, sent.current.seq));
  };
  const type = (next, composing) => {
    setText(next);
    window.clearTimeout(timer.current);
    if (!composing) timer.current = window.setTimeout(() => send(next, false), PAUSE_MS);
  };
  useEffect(() => () => window.clearTimeout(timer.current), []);

  // The address decided, or a view: take its text.
  useEffect(() => {
    if (view.loads) setText(view.box);
  }, [view.loads, view.box_set]);
  // The server took words away: keep what was typed after them.
  useEffect(() => {
    const { seq, text: asked } = sent.current;
    if (view.asked === seq && view.box !== asked && now.current.startsWith(asked)) setText(view.box + now.current.slice(asked.length));
  }, [view.asked]);

  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      send(text, true);
    } else if (event.key === "Escape") {
      if (text) {
        event.preventDefault();
        setText("");
        send("", false);
      } else event.currentTarget.blur();
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      document.querySelector("a.row-link")?.focus();
    }
  };
  return (
    <div className="search-box">
      <span className="search-icon">
        <Icon path={PATHS.search} />
      </span>
      <input
        id={id}
        type="search"
        className="input"
        aria-label={label}
        placeholder={hint}
        autoComplete="off"
        spellCheck={false}
        maxLength={300}
        value={text}
        aria-invalid={view.problem ? true : undefined}
        aria-describedby={`${id}-problem ${id}-pending`}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onChange={(event) => type(event.target.value, event.nativeEvent.isComposing)}
        onCompositionEnd={(event) => type(event.currentTarget.value, false)}
        onKeyDown={keys}
      />
      {text ? (
        <button type="button" className="icon-button icon-button-small search-clear" aria-label={clearLabel} title={clearLabel}
          onClick={() => { setText(""); send("", false); document.getElementById(id)?.focus(); }}>
          <Icon size={14} path={PATHS.cross} />
        </button>
      ) : null}
      <div id={`${id}-problem`} className="search-problem" role="status">
        {view.problem}
      </div>
      <div id={`${id}-pending`} className="search-problem search-pending">
        {focused && text && !view.problem ? view.pending : ""}
      </div>
      {focused && !text && !view.problem && !view.narrowed ? (
        <div className="search-hint">
          {examples.split("\n").map((line, index) => (
            <div key={line} className={index ? "search-example" : "small quiet"}>
              {line}
            </div>
          ))}
        </div>
      ) : null}
    </div>
  );
}
