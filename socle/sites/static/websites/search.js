// Searches the site in the page itself, from its published index: nothing that is asked leaves the telephone, and it
// answers while the platform is stopped. Without this script, the form asks the platform, which answers more plainly.
(() => {
  "use strict";
  const WORD = /[\p{L}\p{N}]+/gu;
  const EMPTY = new Set(("a ai au aux avec c ce ces cet cette comment d dans de des du elle en est et il ils j je l la le les leur " +
    "leurs ma me mes mon n ne nos notre nous on ou par pas pour qu que quel quelle quelles quels qui s sa se ses si son sont sur " +
    "t ta te tes ton tu un une vos votre vous y").split(" "));
  const MOST_ASKED = 100, MOST_TERMS = 8, PREFIX = 3, EXACT = 4, STEM = 3, BEGINNING = 2, MEANT = 2, ALIKE = 1;
  const TITLE = 6, FIRST = 4, MOST_TIMES = 4, BEFORE = 40, EXTRACT = 180;
  const stemmer = new FrenchStemmer();
  const known = new Map();

  const plain = (word) =>
    word.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae");

  function wordOf(written) {
    let word = known.get(written);
    if (!word) {
      const bare = plain(written);
      word = { plain: bare, single: bare.replace(/[sx]$/, ""), stems: [written.toLowerCase(), bare].map((one) => plain(stemmer.stemWord(one))) };
      known.set(written, word);
    }
    return word;
  }

  const wordsOf = (text) => (text.match(WORD) ?? []).map(wordOf);

  const isSame = (one, other) => one.single === other.single;
  const isLike = (one, other) => isSame(one, other) || one.stems.some((stem) => other.stems.includes(stem));

  function wordsAsked(asked) {
    const text = Array.from(asked.normalize("NFC")).slice(0, MOST_ASKED).join("");
    const words = [...new Map(wordsOf(text).map((word) => [word.plain, word])).values()];
    const chosen = words.filter((word) => !EMPTY.has(word.plain));
    return (chosen.length ? chosen : words).slice(0, MOST_TERMS);
  }

  // A term is a word, or an expression that the index knows, with what it may mean: « sac jaune », « emballages ».
  function termsOf(words, meanings) {
    const terms = [];
    for (let rank = 0; rank < words.length;) {
      const known = meanings.find(({ asked }) => asked.every((word, next) => words[rank + next] && isLike(word, words[rank + next])));
      const length = known?.asked.length ?? 1;
      terms.push({ words: words.slice(rank, rank + length), meant: known?.meant ?? [], isKnown: false });
      rank += length;
    }
    return terms;
  }

  function likeness(term, word) {
    let found = 0;
    // One word of an expression alone is not what was asked.
    const own = term.words.length > 1 ? [] : term.words;
    for (const one of own) {
      if (word.plain === one.plain) return EXACT;
      // Where the site has the very word, another of its family is worth less: « maire » is not « mairie ».
      if (isLike(one, word)) found = Math.max(found, term.isKnown && !isSame(one, word) ? ALIKE : STEM);
      else if (one.plain.length >= PREFIX && word.plain.startsWith(one.plain)) found = Math.max(found, BEGINNING);
    }
    return found || (term.meant.some((one) => isLike(one, word)) ? MEANT : 0);
  }

  // How many letters are added, left out, changed or swapped, between a word and another, or the beginning of it.
  function distance(one, other, most, isBeginning) {
    if (isBeginning) other = other.slice(0, one.length + most);
    if (Math.abs(one.length - other.length) > most) return most + 1;
    let before = [], last = Array.from({ length: other.length + 1 }, (_, rank) => rank);
    for (let i = 1; i <= one.length; i++) {
      const line = [i];
      for (let j = 1; j <= other.length; j++) {
        let best = Math.min(last[j] + 1, line[j - 1] + 1, last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1));
        if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) best = Math.min(best, before[j - 2] + 1);
        line.push(best);
      }
      if (Math.min(...line) > most) return most + 1;
      before = last;
      last = line;
    }
    return Math.min(isBeginning ? Math.min(...last) : last.at(-1), most + 1);
  }

  function nearest(term, counts) {
    if (term.length < 4) return null;
    const most = term.length < 7 ? 1 : 2;
    let chosen = null;
    for (const [word, count] of counts) {
      if (word.length < 4) continue;
      let slips = distance(term, word, most);
      if (slips > most) {
        if (term.length < 6) continue;
        if (distance(term, word, 1, true) > 1 && !word.startsWith(term.slice(0, Math.max(5, term.length - 3)))) continue;
        slips = most + 1;
      }
      const isBetter = !chosen || slips < chosen.slips ||
        (slips === chosen.slips && (count > chosen.count || (count === chosen.count && word < chosen.word)));
      if (isBetter) chosen = { word, slips, count };
    }
    return chosen?.word ?? null;
  }

  const best = (numbers) => numbers.reduce((most, number) => Math.max(most, number), 0);
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const matched = (score) => score.filter((value) => value > 0).length;

  const scoresOf = (terms, { title, text }) =>
    terms.map((term) => {
      const inText = text.map((word) => likeness(term, word)).filter(Boolean);
      const isWhole = (words) => term.words.length > 1 && term.words.every((one) => words.some((word) => isLike(one, word)));
      const inTitle = isWhole(title) ? EXACT : best(title.map((word) => likeness(term, word)));
      const isFirst = title.length > 0 && likeness(term, title[0]) >= STEM;
      return TITLE * inTitle + FIRST * isFirst + (isWhole(text) ? EXACT : best(inText)) + Math.min(inText.length, MOST_TIMES);
    });

  function find({ entries, read, counts, meanings }, asked) {
    const words = wordsAsked(asked), instead = [];
    if (!words.length) return null;
    for (const [rank, word] of words.entries()) {
      const isSaid = [...counts.keys()].some((other) => isLike(word, wordOf(other)) || (word.plain.length >= PREFIX && other.startsWith(word.plain)));
      const meant = isSaid ? null : nearest(word.plain, counts);
      if (meant) {
        words[rank] = wordOf(meant);
        instead.push([word.plain, meant]);
      }
    }
    const terms = termsOf(words, meanings);
    for (const term of terms) term.isKnown = term.words.every(({ plain }) => counts.get(plain));
    const scores = read.map((entry) => scoresOf(terms, entry));
    const most = best(scores.map(matched));
    // What holds only some of the words comes after: a page is not hidden by another that says them all.
    const kept = entries.map((_, rank) => rank).filter((rank) => matched(scores[rank]));
    const count = kept.filter((rank) => matched(scores[rank]) === most).length;
    kept.sort((one, other) =>
      matched(scores[other]) - matched(scores[one]) || sum(scores[other]) - sum(scores[one]) ||
      (entries[one].on < entries[other].on ? 1 : entries[one].on > entries[other].on ? -1 : one - other));
    return { terms, instead, count, kept: kept.map((rank) => entries[rank]), isPartial: most < terms.length };
  }

  // What is read of the index: the words of each entry, how often each is said (what may be asked for, if only by its
  // meaning, is said 0 times), the longest expressions first.
  function indexOf({ entries, meanings }) {
    const read = entries.map(({ title, text }) => ({ title: wordsOf(title), text: wordsOf(text) })), counts = new Map();
    for (const { title, text } of read) for (const { plain } of [...title, ...text]) counts.set(plain, (counts.get(plain) ?? 0) + 1);
    const known = Object.entries(meanings).map(([asked, meant]) => ({ asked: wordsOf(asked), meant: wordsOf(meant) }));
    for (const { asked } of known) for (const { plain } of asked) counts.set(plain, counts.get(plain) ?? 0);
    return { entries, read, counts, meanings: known.sort((one, other) => other.asked.length - one.asked.length) };
  }

  function extractOf(text, terms) {
    const matches = [];
    for (const one of text.matchAll(WORD)) {
      const rank = terms.findIndex((term) => likeness(term, wordOf(one[0])));
      if (rank >= 0) matches.push({ start: one.index, end: one.index + one[0].length, rank });
    }
    let start = 0;
    if (matches.length) {
      const near = matches.map((first) =>
        new Set(matches.filter(({ start: at }) => first.start <= at && at < first.start + EXTRACT).map(({ rank }) => rank)).size);
      start = Math.max(0, matches[near.indexOf(best(near))].start - BEFORE);
    }
    let end = Math.min(text.length, start + EXTRACT);
    if (start) start = text.indexOf(" ", start) + 1;
    if (end < text.length) {
      const space = text.lastIndexOf(" ", end - 1);
      end = space > start ? space : start;
    }
    const pieces = [];
    let here = start;
    if (start) pieces.push(["… ", false]);
    for (const match of matches) {
      if (match.start < start || match.end > end) continue;
      if (match.start > here) pieces.push([text.slice(here, match.start), false]);
      pieces.push([text.slice(match.start, match.end), true]);
      here = match.end;
    }
    if (end > here) pieces.push([text.slice(here, end), false]);
    if (end < text.length) pieces.push([" …", false]);
    return pieces;
  }

  function made(tag, content, className) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(content);
    return element;
  }

  function line(entry, terms) {
    const item = document.createElement("li"), link = made("a", entry.title);
    link.href = entry.url;
    item.append(link, made("p", entry.when ? `${entry.kind} – ${entry.when}` : entry.kind, "date"));
    const extract = document.createElement("p");
    for (const [text, isFound] of extractOf(entry.text, terms)) extract.append(isFound ? made("mark", text) : text);
    if (extract.hasChildNodes()) item.append(extract);
    return item;
  }

  function sentence({ count, kept, isPartial, instead }, most) {
    const more = kept.length - count;
    if (!kept.length) return "Rien sur ce site ne contient ces mots. Essayez-en d’autres, ou un seul.";
    let said = count === 1 ? "1 résultat" : `${count} résultats`;
    if (isPartial) said += "\u00a0: aucun ne contient tous ces mots, en voici qui en contiennent une partie";
    else if (more) said += `, puis ${more} qui ${more === 1 ? "contient" : "contiennent"} une partie de ces mots`;
    if (kept.length > most) said += `\u00a0; voici les ${most} premiers`;
    return instead.reduce(
      (words, [asked, used]) => `${words} Rien pour «\u00a0${asked}\u00a0»\u00a0: cherchiez-vous «\u00a0${used}\u00a0»\u00a0?`, `${said}.`);
  }

  const form = document.querySelector("form.find");
  const field = form.querySelector("input"), count = document.querySelector(".found-count"), list = document.querySelector(".found");
  const most = Number(form.dataset.most);
  let index = null, later = 0;

  async function load() {
    if (!index) {
      const answer = await fetch(form.dataset.index);
      if (!answer.ok) throw new Error(String(answer.status));
      index = indexOf(await answer.json());
    }
    return index;
  }

  async function show() {
    const asked = field.value.trim();
    let found = null;
    try {
      const known = await load();
      // What was typed while the index came is what is looked for.
      if (field.value.trim() !== asked) return;
      found = asked ? find(known, asked) : null;
    } catch {
      count.textContent = asked ? "La recherche n’a pas pu être chargée\u00a0: vérifiez votre connexion, puis réessayez." : "";
      return;
    }
    document.title = document.title.replace(/^«.*?» – /, "");
    if (found) document.title = `«\u00a0${asked}\u00a0» – ${document.title}`;
    count.textContent = found ? sentence(found, most) : "";
    list.replaceChildren(...(found ? found.kept.slice(0, most).map((entry) => line(entry, found.terms)) : []));
  }

  // The question stays in the address, so that « back » finds it again; what follows « # » is sent to no server.
  const keep = () => history.replaceState(null, "", field.value.trim() ? `#${encodeURIComponent(field.value.trim())}` : location.pathname);

  function recall() {
    let asked = "";
    try {
      asked = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    if (asked) field.value = asked.slice(0, MOST_ASKED);
    if (asked) show();
  }

  field.addEventListener("input", () => {
    clearTimeout(later);
    later = setTimeout(() => { keep(); show(); }, 200);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(later);
    keep();
    show();
  });
  addEventListener("hashchange", recall);
  // What the platform answered is left as it is; the index is asked for as soon as someone means to search.
  const prepare = () => load().catch(() => {});
  if (document.activeElement === field) prepare();
  else field.addEventListener("focus", prepare, { once: true });
  recall();
})();
