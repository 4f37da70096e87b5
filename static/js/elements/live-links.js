// Where a reader answers: on their own server, found from what they typed. Pure.

const HOST = /^(?=.{4,253}$)([\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}(:\d{1,5})?$/u;

/** "https://social.example/@ada", "@ada@social.example" and "Social.Example" are all "social.example"; null when it is no server. */
export function serverOf(typed) {
  const bare = typed.trim().replace(/^https?:\/\//i, "").split(/[/?#]/)[0];
  const host = bare.split("@").at(-1);
  if (!HOST.test(host) || !URL.canParse(`https://${host}/`)) return null;
  return new URL(`https://${host}/`).host;
}

/** Opens a post on one's own server, to answer it or pass it on (Mastodon's remote interaction, which most others understand). */
export const interactAt = (server, postUrl) => `https://${server}/authorize_interaction?uri=${encodeURIComponent(postUrl)}`;

/** Opens the composer of one's own server with the tag in it. */
export const shareAt = (server, tag) => `https://${server}/share?text=${encodeURIComponent(`#${tag} `)}`;

export const shareOnBluesky = (tag) => `https://bsky.app/intent/compose?text=${encodeURIComponent(`#${tag} `)}`;

/** The server that holds a post, as people know it: "social.example". */
export function hostOf(url) {
  return URL.canParse(url) ? new URL(url).host.replace(/^www\./, "") : "";
}

/** Posts of these networks can be answered from any server of the fediverse; others only where they are. */
export const isFederated = ({ network }) => network === "mastodon";
