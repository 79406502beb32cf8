/** The script that calls the browser's authenticator, to register a passkey and to approve with one. */
export const PASSKEY_SCRIPT = `const ask = async (path, body) => {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), redirect: "error" });
  const json = await answer.json();
  if (!answer.ok) throw new Error(json.error_description);
  return json;
};
const tell = (form, work) => work.catch((error) => { form.querySelector("[role=alert]").textContent = error.message; });
const registering = document.querySelector("form[data-register]");
registering?.addEventListener("submit", (event) => {
  event.preventDefault();
  tell(registering, (async () => {
    const { nonce, options } = await ask("/console/passkeys/challenge", {});
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    const credential = await navigator.credentials.create({ publicKey });
    await ask("/console/passkeys", { nonce, response: credential.toJSON() });
    location.reload();
  })());
});
const deciding = document.querySelector("form[data-passkeys]");
deciding?.addEventListener("submit", (event) => {
  const { group, comment } = Object.fromEntries(new FormData(deciding));
  if (event.submitter?.value !== "approve" || !JSON.parse(deciding.dataset.passkeys).includes(group)) return;
  event.preventDefault();
  tell(deciding, (async () => {
    const { nonce, options } = await ask(deciding.action + "/challenge", { group, comment });
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey });
    await ask(deciding.action, { decision: "approve", group, comment, passkey: { nonce, response: credential.toJSON() } });
    location.reload();
  })());
});
`;
