// What people call the networks. Pure.

const NAMES = { mastodon: "Mastodon", bluesky: "Bluesky", x: "X", nostr: "Nostr", feed: "Feed", form: "The form", replay: "Recording" };

/** A network's name as people know it; its own word where we know none. */
export const networkName = (network) => NAMES[network] ?? network;
