// How many there are, and the way from page to page.
import { useEffect, useState } from "react";
import { ask, fill, Icon, PATHS } from "./parts.jsx";

// The browser's own grouping of digits loads all that it knows of languages, while the first rows are waited for.
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

export function ListPager({ view, setup, texts, onPage, onSize }) {
  const [typed, setTyped] = useState(null);
  useEffect(() => setTyped(null), [view.serial]);
  const go = (page) => {
    const wanted = Math.min(Math.max(Math.trunc(page) || 1, 1), view.pages);
    setTyped(null);
    if (wanted !== view.page) ask(() => onPage(wanted));
  };
  return (
    <nav className="pager" aria-label={texts.pages}>
      <button type="button" className="icon-button" aria-label={texts.previous} title={texts.previous} disabled={view.page <= 1} onClick={() => go(view.page - 1)}>
        <Icon path={PATHS.left} />
      </button>
      <input
        className="input page-input"
        inputMode="numeric"
        aria-label={texts.page}
        value={typed ?? view.page}
        onChange={(event) => setTyped(event.target.value.replace(/[０-９]/g, (d) => "０１２３４５６７８９".indexOf(d)).replace(/\D/g, "").slice(0, 7))}
        onKeyDown={(event) => event.key === "Enter" && go(Number(typed ?? view.page))}
        onBlur={() => typed && go(Number(typed))}
      />
      <span className="quiet">{fill(texts.pageOf, { n: grouped(view.pages) })}</span>
      <button type="button" className="icon-button" aria-label={texts.next} title={texts.next} disabled={view.page >= view.pages} onClick={() => go(view.page + 1)}>
        <Icon path={PATHS.right} />
      </button>
      <select className="input size-input" aria-label={texts.size} value={view.size} onChange={(event) => ask(() => onSize(Number(event.target.value)))}>
        {setup.sizes.map((size) => (
          <option key={size} value={size}>
            {fill(texts.sizeN, { n: size })}
          </option>
        ))}
      </select>
    </nav>
  );
}

export function ListTotal({ view, texts }) {
  return (
    <span className="list-total" role="status">
      {fill(texts.total, { n: grouped(view.total) })}
    </span>
  );
}
