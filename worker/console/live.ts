/** The script that reloads the rows of an open list. The pages also work without it. */
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
