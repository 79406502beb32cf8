/** Registrations of clients that the tests need only to be there. */

/** All that a client needs but its id and its actor. Nobody has its secret. */
export const CLIENT = {
  auth_method: "client_secret_post",
  owner: "o",
  purpose: "p",
  secret_hashes: ["A".repeat(43)],
  grants: ["client_credentials"],
  audiences: ["https://orders.acme.example"],
  scopes: ["orders:read"],
};
