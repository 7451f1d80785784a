// The panel beside a list; on a phone a sheet over it, which has the focus until it is closed.
import { useEffect, useRef } from "react";
import { usePhone } from "$/public/external/crm_app/listing/components/cells.jsx";
import { useShortcut } from "$/public/external/crm_app/ui/keys/keys.jsx";

export function PeekPanel({ number, label, onClose, children }) {
  const phone = usePhone();
  const panel = useRef(null);
  const before = useRef(null);
  const sheet = phone && Boolean(number);
  useEffect(() => {
    if (!sheet) return undefined;
    before.current = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    return () => before.current?.focus?.({ preventScroll: true });
  }, [sheet]);
  // Another customer is read from its top.
  useEffect(() => {
    panel.current?.scrollTo?.(0, 0);
  }, [number]);
  useShortcut("close", () => onClose?.(""), Boolean(number));
  if (!number) return null;
  const role = phone ? { role: "dialog", "aria-modal": true } : { role: "complementary" };
  return (
    <aside ref={panel} className="peek" tabIndex={-1} aria-label={label} {...role}>
      {children}
    </aside>
  );
}
