/**
 * The content that the suite expects: its scenarios fix names, kinds and some texts (`conformance list`, and its
 * README).
 */

/** One red point. */
export const PICTURE = {
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
  mimeType: "image/png",
};

/** A WAV file without a sample. */
export const SOUND = {
  data: "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=",
  mimeType: "audio/wav",
};

export const said = (text: string) => ({ content: [{ type: "text" as const, text }] });

export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
