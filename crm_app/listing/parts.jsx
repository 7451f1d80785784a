// What the parts of a list share: texts with values in them, what was asked and not yet answered, icons.
import { useSyncExternalStore } from "react";

// So long a pause in typing asks the server.
export const PAUSE_MS = 160;

export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);

// What was asked and not yet answered, for the bar that says so; several components ask, the table shows it.
const waiting = { since: 0, listeners: new Set() };
const setWaiting = (since) => {
  waiting.since = since;
  waiting.listeners.forEach((listener) => listener());
};
export const ask = (question) => {
  question();
  setWaiting(Date.now());
};
export const useWaiting = () =>
  useSyncExternalStore(
    (listener) => {
      waiting.listeners.add(listener);
      return () => waiting.listeners.delete(listener);
    },
    () => waiting.since,
    () => 0,
  );

// The state that answers has come.
export const answered = () => {
  if (waiting.since) setWaiting(0);
};

export const Icon = ({ path, size = 16 }) => (
  <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
    <path d={path} />
  </svg>
);
export const PATHS = {
  cross: "M18 6 6 18M6 6l12 12",
  down: "m6 9 6 6 6-6",
  up: "m18 15-6-6-6 6",
  left: "m15 18-6-6 6-6",
  right: "m9 18 6-6-6-6",
  plus: "M5 12h14M12 5v14",
  search: "m21 21-4.3-4.3M19 11a8 8 0 1 1-16 0 8 8 0 0 1 16 0",
  funnel: "M22 3H2l8 9.46V19l4 2v-8.54L22 3z",
  check: "M20 6 9 17l-5-5",
  columns: "M3 5a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2zM9 3v18M15 3v18",
  grip: "M9 5h.01M9 12h.01M9 19h.01M15 5h.01M15 12h.01M15 19h.01",
  rows: "M3 6h18M3 12h18M3 18h18",
};
