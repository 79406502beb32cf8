/** Token exchange as one would write it by hand with hono and jose: authentication, signature, claims, a new token. No policy. */
import { Hono } from "hono";
import { importJWK, type JWK, jwtVerify, SignJWT } from "jose";

interface Env {
  readonly IDP_KEY: string;
  readonly SIGNING_KEY: string;
  readonly SECRET: string;
}

const app = new Hono<{ Bindings: Env }>();

app.post("/oauth/token", async (c) => {
  const [user, secret] = atob((c.req.header("authorization") ?? "").slice(6)).split(":");
  if (user !== "support-agent" || secret !== c.env.SECRET) return c.json({ error: "invalid_client" }, 401);
  const form = await c.req.parseBody();
  const { payload } = await jwtVerify(
    String(form["subject_token"]),
    await importJWK(JSON.parse(c.env.IDP_KEY) as JWK, "EdDSA"),
    { audience: "support-agent", issuer: "https://idp.acme.example", typ: "at+jwt" },
  );
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({
    sub: payload.sub as string,
    scope: payload["scope"],
    txn: payload["txn"],
    client_id: user,
    act: { sub: "spiffe://acme.example/agents/support" },
  })
    .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt" })
    .setIssuer("https://gateway.acme.example")
    .setAudience(String(form["audience"]))
    .setIssuedAt(now)
    .setExpirationTime(now + 300)
    .setJti(crypto.randomUUID())
    .sign(await importJWK(JSON.parse(c.env.SIGNING_KEY) as JWK, "EdDSA"));
  return c.json({ access_token: token, token_type: "Bearer", expires_in: 300 });
});

export default app;
