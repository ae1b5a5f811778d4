// What modules say to people, by `t(text)` and `plural(one, many, count)`: literals alone, so that catalogues have them.
const language = document.documentElement.lang;
const { words } = await import(`./words/${language}.js`);
const rules = new Intl.PluralRules(language);
const order = { ru: { one: 0, few: 1, many: 2, other: 2 } }[language] ?? { one: 0, other: 1 };
const format = new Intl.NumberFormat(language);

const filled = (text, values) => text.replaceAll(/%\((\w+)\)s/g, (_, name) => values[name]).replaceAll("%%", "%");

export const t = (text, values = {}) => filled(words[text] ?? text, values);

export const plural = (one, many, count, values = {}) => {
  const forms = words[one] ?? [one, many];
  return filled(forms[Math.min(order[rules.select(count)], forms.length - 1)], { num: format.format(count), ...values });
};
