// Which posts a reader wants to see, kept in the page's address so that a link shares it. Pure.

const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

/** `{words, media, languages}` of a query string such as "?q=docs&media=1&lang=ja,de". */
export function readFilter(search) {
  const params = new URLSearchParams(search);
  const languages = (params.get("lang") ?? "").split(",").filter((code) => /^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$/.test(code));
  return { words: params.get("q") ?? "", media: params.get("media") === "1", languages: new Set(languages) };
}

/** The query string of a filter; other parameters of `search` stay. */
export function writeFilter({ words, media, languages }, search = "") {
  const params = new URLSearchParams(search);
  const put = (name, value) => (value ? params.set(name, value) : params.delete(name));
  put("q", words.trim());
  put("media", media ? "1" : "");
  put("lang", [...languages].sort().join(","));
  const text = params.toString();
  return text ? `?${text}` : "";
}

export const isOpen = ({ words, media, languages }) => !words.trim() && !media && languages.size === 0;

/** "de-AT" and "de" are one language to a reader; Chinese is told apart by its script's region. */
export const baseLanguage = (code) => (code ? code.toLowerCase().split("-")[0] : null);

function haystack({ text, author, hashtags, warning }) {
  return fold([text, warning, author.name.text, author.handle, ...hashtags.map((tag) => `#${tag}`)].join("\n"));
}

/** A predicate: every word occurs in the text, the author or a hashtag; and the post has one of the languages. */
export function matcher({ words, media, languages }) {
  const wanted = fold(words).split(/\s+/).filter(Boolean);
  return (post) => {
    if (media && post.media.length === 0) return false;
    if (languages.size && !languages.has(baseLanguage(post.language))) return false;
    const text = wanted.length ? haystack(post) : "";
    return wanted.every((word) => text.includes(word));
  };
}

/** Languages that occur, most used first, then those that are chosen but do not occur: `{code, name}`, named in themselves. */
export function languagesOf(posts, chosen = new Set()) {
  const counts = new Map([...chosen].map((code) => [code, 0]));
  for (const post of posts) {
    const code = baseLanguage(post.language);
    if (code) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return sorted.map(([code]) => ({ code, name: nameOf(code) })).filter(({ name }) => name !== null);
}

/** null for what is no language code; the networks pass on whatever authors set. */
function nameOf(code) {
  try {
    const name = new Intl.DisplayNames([code], { type: "language" }).of(code);
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
