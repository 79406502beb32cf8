/**
 * Paths as they stand in a request line, whether the gateway takes them, and which servers behind it would read them
 * differently. Every case is sent to `/orders/...`, a route over everything below.
 */

export interface PathCase {
  readonly path: string;
  readonly verdict: "passes" | "refused" | "normalized";
  /** Who reads it how: the reason of a refusal; of one that passes, why all agree. */
  readonly read: string;
}

const refused = (path: string, read: string): PathCase => ({ path, verdict: "refused", read });
/**
 * workerd resolves it before the gateway sees it, in some of its hosts: it is refused, or judged and sent in its normal
 * form.
 */
const normalized = (path: string, read: string): PathCase => ({ path, verdict: "normalized", read });
const passes = (path: string, read: string): PathCase => ({ path, verdict: "passes", read });

export const PATHS: readonly PathCase[] = [
  // Parameters (RFC 3986, section 3.3): part of a segment to most, no part of it to servlet containers.
  refused("/orders/..;/admin", "Tomcat, Jetty, WebLogic: cut at `;`, then resolve: /admin"),
  refused("/orders/..;x=1/admin", "Tomcat, Jetty: /admin"),
  refused("/orders/.;/17", "Tomcat: /orders/17"),
  refused("/orders/17;jsessionid=1", "servlet containers: /orders/17; Node, PHP: a resource `17;jsessionid=1`"),
  refused("/orders/17;/edit", "Tomcat: /orders/17/edit"),
  refused("/orders;x/17", "Spring: /orders/17"),
  refused("/orders/;/17", "Tomcat: /orders//17, then /orders/17"),
  refused("/orders/..%3b/admin", "Jetty before 9.4.39 decodes before it cuts: /admin"),
  refused("/orders/..%3B/admin", "the same in capitals"),
  refused("/orders/17%3bx=1", "Jetty, Undertow: a parameter; nginx: text"),
  // Dot segments.
  refused("/orders/../admin", "everybody: /admin; judged as /orders/*"),
  normalized("/orders/./17", "everybody: /orders/17"),
  refused("/orders/..", "everybody: /"),
  normalized("/orders/.", "everybody: /orders/"),
  refused("/orders/%2e%2e/admin", "nginx, Apache, WHATWG URL: /admin"),
  refused("/orders/%2E%2E/admin", "the same in capitals"),
  refused("/orders/.%2e/admin", "nginx, Apache: /admin"),
  refused("/orders/%2e./admin", "nginx, Apache: /admin"),
  normalized("/orders/%2e/17", "nginx: /orders/17"),
  refused("/orders/a/../../admin", "everybody: /admin"),
  refused("/orders/%2e%2e%2fadmin", "nginx decodes before it resolves: /admin"),
  // Separators.
  refused("/orders//17", "nginx (merge_slashes), Tomcat: /orders/17; Node, S3: an empty segment"),
  refused("//orders/17", "WHATWG URL, browsers: host `orders`; nginx: /orders/17"),
  refused("/orders/17//", "nginx: /orders/17/"),
  refused("/orders/a%2fb", "nginx, PHP-FPM, Node decoders: two segments; Tomcat: 400; Apache: 404"),
  refused("/orders/a%2Fb", "the same in capitals"),
  refused("/orders/..%2fadmin", "nginx with a URI in proxy_pass: /admin"),
  refused("/orders/%2fadmin", "nginx: /orders/admin or //admin"),
  normalized("/orders\\17", "IIS, WHATWG URL: /orders/17; nginx: text"),
  refused("/orders/..\\admin", "IIS, Windows: /admin"),
  refused("/orders/a%5cb", "IIS, .NET: two segments"),
  refused("/orders/..%5Cadmin", "IIS: /admin"),
  refused("/orders/%5c..%5cadmin", "IIS: /admin"),
  // Escapes of escapes.
  refused("/orders/%252e%252e%252fadmin", "whoever decodes twice (IIS ARR, a proxy behind): /admin"),
  refused("/orders/%252e%252e/admin", "the same, dots alone"),
  refused("/orders/a%252fb", "decoded twice: two segments"),
  refused("/orders/a%255cb", "decoded twice, on Windows: two segments"),
  refused("/orders/%25%32%65", "decoded twice: a dot"),
  refused("/orders/%25252e", "decoded three times: a dot"),
  refused("/orders/%2541dmin", "decoded twice: Admin"),
  refused("/orders/%25u002e%25u002e/admin", "IIS after one decoding: `%u002e` is a dot"),
  // Octets that are no UTF-8, and escapes that are none.
  refused("/orders/%c0%ae%c0%ae%c0%afadmin", "old Java, PHP decoders take overlong UTF-8: ../admin"),
  refused("/orders/%c0%afadmin", "overlong `/`"),
  refused("/orders/%e0%80%af", "overlong `/`, three octets"),
  refused("/orders/%f0%80%80%af", "overlong `/`, four octets"),
  refused("/orders/%e9", "Latin-1: é (old Tomcat, PHP); UTF-8 readers: 400, or U+FFFD"),
  refused("/orders/%ff", "no UTF-8: Node throws, Python replaces, PHP keeps the octet"),
  refused("/orders/%ed%a0%80", "a lone surrogate: Java keeps it, Go and Rust do not"),
  refused("/orders/%f4%90%80%80", "beyond Unicode"),
  refused("/orders/%", "Node: URIError; Apache: 400; PHP: text"),
  refused("/orders/%2", "Go: 400; PHP: text"),
  refused("/orders/%zz", "Node: URIError; nginx: 400; PHP: text"),
  refused("/orders/%u002e%u002e/admin", "IIS: its own escape for Unicode, ../admin"),
  refused("/orders/%u2215admin", "IIS: U+2215, and by best fit `/`"),
  // What need not be encoded has two spellings.
  refused("/orders/%31%37", "everybody: /orders/17; a filter by text: another"),
  refused("/%6frders/17", "everybody: /orders/17"),
  refused("/orders/%7Ealice", "everybody: ~alice"),
  // Controls.
  refused("/orders/17%00.json", "C, old PHP: ends at NUL; Java, Node: text"),
  refused("/orders/17%0a", "Ruby and PCRE patterns with `$`: 17"),
  refused("/orders/17%0d%0aX:1", "whoever writes it into a header: another header"),
  refused("/orders/17%09", "trimmed by some"),
  refused("/orders/%7f", "DEL"),
  refused("/orders/%c2%85", "NEL: a line's end to Java and Python"),
  // Ends that Windows drops, and streams of NTFS.
  refused("/orders/17.", "IIS, Windows: 17"),
  refused("/orders/admin./x", "Windows: admin"),
  refused("/orders/...", "Windows: a dot segment"),
  refused("/orders/17%20", "Windows: 17; a servlet filter: text"),
  refused("/orders/17%20/x", "Windows: 17"),
  refused("/orders/web.config::$DATA", "IIS on NTFS: the file itself"),
  refused("/orders/web.config::$INDEX_ALLOCATION", "IIS on NTFS: a folder"),
  // Characters that a conversion makes ASCII.
  refused("/orders/%ef%bc%8e%ef%bc%8e%ef%bc%8fadmin", "NFKC, Windows best fit: fullwidth ../"),
  refused("/orders/%e2%80%a5/admin", "NFKC: two dot leader"),
  refused("/orders/a%e2%88%95b", "Windows best fit: division slash"),
  refused("/orders/a%e2%81%84b", "fraction slash"),
  refused("/orders/a%ef%bc%bcb", "fullwidth reverse solidus"),
  refused("/orders/..%cd%be/admin", "NFC: the Greek question mark is `;`"),
  refused("/orders/%ef%bb%bf17", "a byte order mark, dropped by some"),
  // Letters, and a slash at the end: another route here, the same to Express, IIS and Spring.
  refused("/REFUNDS", "no route of this spelling"),
  refused("/orders", "the folder itself is another resource than what is below it"),
  refused("/orders/%EF%B8%B0/admin", "a two dot leader, `..` in its compatible form (NFKC)"),
  refused("/orders/%E2%84%80dmin", "one character that is `a/c` in its compatible form (NFKC)"),
  // What all read alike.
  passes("/orders/17", "plain"),
  passes("/orders/17/", "another resource than 17, and no other route's"),
  passes("/orders/a.b", "a dot inside"),
  passes("/orders/.well-known", "a dot at the beginning"),
  passes("/orders/..a", "no dot segment"),
  passes("/orders/a..b", "no dot segment"),
  passes("/orders/~alice", "unreserved"),
  passes("/orders/a:b@c!$&'()*+,=", "sub-delimiters"),
  passes("/orders/v1:cancel", "a custom method"),
  passes("/orders/a%20b", "a space inside"),
  passes("/orders/%C3%A9", "UTF-8: é"),
  passes("/orders/%c3%a9", "the same in small letters"),
  passes("/orders/%E2%82%AC", "UTF-8: €"),
  passes("/orders/%F0%9F%98%80", "UTF-8, four octets"),
  passes("/orders/a%3Fb", "a question mark that must be encoded"),
  passes("/orders/a%23b", "a number sign that must be encoded"),
  passes("/orders/50%25", "a percent sign that begins no escape, however often it is decoded"),
  passes("/orders/100%25%20sure", "the same inside"),
  passes("/orders/a%22b", "a quotation mark"),
  passes("/orders/a%2Bb", "a plus sign"),
];
