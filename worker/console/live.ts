/**
 * The script that reloads the rows of an open list. The pages also work without it. A link that has the focus keeps it,
 * and the rows wait while text in them is selected, or if that link is no longer among them.
 */
export const LIVE_SCRIPT = `const rows = document.querySelector("[data-live]");
if (rows) {
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(rows.dataset.live, { redirect: "error" });
    if (!answer.ok) return;
    const next = document.createElement("div");
    next.innerHTML = await answer.text();
    const selection = getSelection();
    if (!selection.isCollapsed && selection.containsNode(rows, true)) return;
    const focused = rows.contains(document.activeElement) ? document.activeElement.href : undefined;
    const again = [...next.querySelectorAll("a")].find(({ href }) => href === focused);
    if (focused !== undefined && again === undefined) return;
    rows.replaceChildren(...next.childNodes);
    again?.focus({ preventScroll: true });
  };
  setInterval(() => refresh().catch(() => undefined), 2000);
}
`;
