// What follow-ups and tasks need of the browser: putting off, reading on while scrolling, a composer that opens when used.
import { Popover } from "@radix-ui/themes";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";

// A menu of new dates: one click, or a day of one's own.
export function PutOff({ label, name, choices, dayLabel, moveLabel, earliest, onPick, className }) {
  const [open, setOpen] = useState(false);
  const [used, setUsed] = useState(false);
  const [day, setDay] = useState("");
  const pick = (to) => {
    setOpen(false);
    setDay("");
    onPick?.(to);
  };
  const classes = className ?? "button button-ghost button-small";
  // A page has dozens of these: each becomes a popover at its first use only.
  if (!used) {
    return (
      <button
        type="button"
        className={classes}
        aria-label={name}
        aria-haspopup="dialog"
        aria-expanded="false"
        onClick={() => {
          setUsed(true);
          setOpen(true);
        }}
      >
        {label}
      </button>
    );
  }
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger>
        <button type="button" className={classes} aria-label={name}>
          {label}
        </button>
      </Popover.Trigger>
      <Popover.Content size="1" align="end" aria-label={name}>
        <div className="menu">
          {choices
            .filter((choice) => !choice.last)
            .map((choice) => (
              <button key={choice.value} type="button" className="menu-item" onClick={() => pick(choice.value)}>
                {choice.label}
              </button>
            ))}
          <form
            className="menu-form"
            onSubmit={(event) => {
              event.preventDefault();
              event.stopPropagation();
              if (day) pick(day);
            }}
          >
            <label className="sr" htmlFor={`${name}-day`}>
              {dayLabel}
            </label>
            <input
              id={`${name}-day`}
              type="date"
              className="input"
              min={earliest}
              value={day}
              onChange={(event) => setDay(event.target.value)}
            />
            <button type="submit" className="button button-small" disabled={!day}>
              {moveLabel}
            </button>
          </form>
          {choices.some((choice) => choice.last) ? <div className="menu-sep" /> : null}
          {choices
            .filter((choice) => choice.last)
            .map((choice) => (
              <button key={choice.value} type="button" className="menu-item menu-danger" onClick={() => pick(choice.value)}>
                {choice.label}
              </button>
            ))}
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}

// Tells when it scrolls into view, once for each `mark`: the cursor of the next page.
export function WhenSeen({ mark, onSeen }) {
  const place = useRef(null);
  const told = useRef("");
  useEffect(() => {
    if (!mark) return undefined;
    const watch = new IntersectionObserver(
      (seen) => {
        if (seen.some((one) => one.isIntersecting) && told.current !== mark) {
          told.current = mark;
          onSeen?.();
        }
      },
      { rootMargin: "400px" },
    );
    watch.observe(place.current);
    return () => watch.disconnect();
  }, [mark]);
  return <div ref={place} aria-hidden="true" />;
}

const OPEN_COMPOSER = "crm:compose";

// Small until somebody writes in it or asks for it; it closes after a save or by Esc when nothing was typed.
export function Composer({ epoch, dirty, label, className, children }) {
  const [open, setOpen] = useState(false);
  const box = useRef(null);
  const last = useRef(epoch);
  useEffect(() => {
    if (epoch !== last.current) {
      last.current = epoch;
      setOpen(false);
    }
  }, [epoch]);
  useEffect(() => {
    if (dirty) setOpen(true);
  }, [dirty]);
  useEffect(() => {
    const ask = () => {
      // What is hidden yet can't have the cursor, and a later moment would take it from where the person is by then.
      flushSync(() => setOpen(true));
      box.current?.scrollIntoView({ block: "nearest" });
      box.current?.querySelector("textarea")?.focus();
    };
    window.addEventListener(OPEN_COMPOSER, ask);
    return () => window.removeEventListener(OPEN_COMPOSER, ask);
  }, []);
  return (
    <section
      ref={box}
      className={`composer ${className ?? ""}`}
      aria-label={label}
      data-open={open ? "true" : "false"}
      onFocus={(event) => event.target.closest("textarea, input, select") && setOpen(true)}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || dirty) return;
        setOpen(false);
        document.activeElement?.blur?.();
      }}
    >
      {children}
    </section>
  );
}

export function ComposeButton({ label, className, children }) {
  return (
    <button type="button" className={className} onClick={() => window.dispatchEvent(new Event(OPEN_COMPOSER))}>
      {children}
      {label}
    </button>
  );
}
