/** What is taken of Node's module, which workerd has; the types of Workers do not name it. */
declare module "node:crypto" {
  export function createHash(algorithm: "sha256"): {
    update(text: string): { digest(encoding: "base64url"): string };
  };
}
