// The way from an anomaly to the place on the customer's page where it is put right.
import { useEffect } from "react";

const FRAMES = 90;

// Whether the place is there: then it is shown, and what corrects it begins.
function aim(place) {
  const found = document.getElementById(place);
  if (!found) return false;
  // On a phone it may stand in the other part of the page.
  if (found.offsetParent === null) document.querySelector('.part-choice[aria-pressed="false"]')?.click();
  found.closest("details")?.setAttribute("open", "");
  requestAnimationFrame(() => {
    found.scrollIntoView({ block: "center" });
    const start = found.querySelector(".fact-edit, [data-correct]");
    if (start) start.click();
    else found.querySelector("button, a")?.focus();
  });
  return true;
}

export function AimButton({ place, label, children, className }) {
  return (
    <button type="button" className={className} aria-label={label} onClick={() => aim(place)}>
      {children}
    </button>
  );
}

// Goes to the place that the address names, once; the rest of the page may come a moment later.
export function Aim({ of }) {
  useEffect(() => {
    const place = decodeURIComponent(window.location.hash.slice(1));
    // Before its customer is there, the page stands empty for a moment, with all its places.
    if (!place || !of || decodeURIComponent(window.location.pathname).split("/").pop() !== of) return undefined;
    let frame = 0;
    let left = FRAMES;
    const look = () => {
      left -= 1;
      // The address forgets it only then: the page may be drawn anew before, and a reload shall not begin it again.
      if (aim(place)) window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
      else if (left > 0) frame = requestAnimationFrame(look);
    };
    frame = requestAnimationFrame(look);
    return () => cancelAnimationFrame(frame);
  }, [of]);
  return null;
}
