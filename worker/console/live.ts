/** The one script of the console: rows of an open list are asked for again. Without it the pages work as they are. */
export const LIVE_SCRIPT = `const rows = document.querySelector("[data-live]");
if (rows) {
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(rows.dataset.live, { redirect: "error" });
    if (answer.ok) rows.innerHTML = await answer.text();
  };
  setInterval(() => refresh().catch(() => undefined), 2000);
}
`;
