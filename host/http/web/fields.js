// One field of a form each: a label, a control for its type, and a place to say what is wrong.
import { make } from './dom.js';
import { inLanguage, t } from './language.js';

const longText = 200; // from here on a text gets an area instead of a line

function makeSelect(choices, isRequired) {
  const select = make('select', {},
    make('option', { value: '' }, `– ${isRequired ? t.choose : t.asUsual} –`));
  for (const { value, text } of choices) {
    select.append(make('option', { value }, text));
  }
  return select;
}

function toNumber(text) {
  return Number(text.trim().replace(',', '.'));
}

// The value of one line: what is no number or no JSON goes as it is, for the server to name.
function toValue(schema, text) {
  if (schema.type === 'number' || schema.type === 'integer') {
    return Number.isNaN(toNumber(text)) ? text : toNumber(text);
  }
  if (schema.type === 'object' || schema.type === 'array') {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }
  return text;
}

const kinds = {
  choice: {
    make: (schema, isRequired) => makeSelect(schema.choices, isRequired),
    read: (control, schema) => toValue(schema, control.value),
  },
  yes: {
    make: () => make('input', { type: 'checkbox' }),
    read: (control) => control.checked,
  },
  list: {
    make: () => make('textarea', { rows: 3 }),
    read: (control, schema) => control.value.split('\n').filter((line) => line.trim() !== '')
      .map((line) => toValue(schema.items ?? {}, line)),
  },
  number: {
    make: () => make('input', { type: 'text', inputmode: 'decimal', autocomplete: 'off' }),
    read: (control, schema) => toValue(schema, control.value),
  },
  area: {
    make: (schema) => make('textarea', { rows: 4, maxlength: schema.maxLength }),
    read: (control) => control.value,
  },
  line: {
    make: (schema) => make('input', {
      type: schema.control ?? 'text', maxlength: schema.maxLength, list: schema.list,
      autocomplete: 'off',
    }),
    read: (control) => control.value.trim(),
  },
};

function kindOf(schema) {
  if (schema.choices) {
    return kinds.choice;
  }
  const byType = { boolean: kinds.yes, array: kinds.list, integer: kinds.number,
    number: kinds.number };
  return byType[schema.type] ?? (schema.maxLength > longText ? kinds.area : kinds.line);
}

// path is the field's name in a job's data, dots between levels. schema is one of the manifest, and
// may have choices [{value, text}], a control type and a list, which the page adds.
export function makeField({ path, label, hint, schema, isRequired = false, isWide = false }) {
  const kind = kindOf(schema);
  const id = `field-${path}`;
  const control = kind.make(schema, isRequired);
  const problem = make('p', { class: 'error', id: `${id}-error`, hidden: true });
  control.id = id;
  control.name = path;
  control.required = isRequired && kind !== kinds.yes;
  control.setAttribute('aria-describedby', `${id}-error${hint ? ` ${id}-hint` : ''}`);
  if (schema.example !== undefined && 'placeholder' in control) {
    control.placeholder = [schema.example].flat().join('\n');
  }
  const mark = make('span', { class: 'optional' }, t.optional);
  const element = make('div', { class: isWide || kind === kinds.area ? 'field wide' : 'field' },
    make('label', { for: id }, label, ...(isRequired || kind === kinds.yes ? [] : [' ', mark])),
    control, ...(hint ? [make('p', { class: 'hint', id: `${id}-hint` }, hint)] : []), problem);

  const field = {
    path, element, control,
    isEmpty: () => kind !== kinds.yes && control.value.trim() === '' && !control.validity.badInput,
    value: () => kind.read(control, schema),
    // A word for what can be told without the server, or ''.
    fault: () => {
      if (control.validity.badInput) {
        return 'incomplete';
      }
      if (field.isEmpty()) {
        return control.required ? 'missing' : '';
      }
      return kind === kinds.number && Number.isNaN(toNumber(control.value)) ? 'notNumber' : '';
    },
    // Says text in the page's language, then what the server said in its own.
    mark: (text, said) => {
      problem.replaceChildren(text, ...(said ? [' ', make('span', { lang: 'en' }, said)] : []));
      problem.hidden = text === '';
      control.setAttribute('aria-invalid', text !== '');
    },
  };
  control.addEventListener('input', () => field.mark(''));
  return field;
}

function choicesOf(name, schema, agent) {
  // A manifest names its styles' aliases too; nobody wants to choose between a word and its alias.
  const values = name === 'style' && agent.styles.every((style) => schema.enum.includes(style))
    ? agent.styles : schema.enum;
  return values.map((value) => ({ value, text: t.values[name]?.[value] ?? String(value) }));
}

// The fields of an agent's inputs, without those in `except`; a nested object's come one by one.
export function fieldsOf(agent, except, within = {}) {
  const { schema = agent.inputs, prefix = '', isNeeded = true } = within;
  return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix + name;
    const isRequired = isNeeded && (schema.required ?? []).includes(name);
    if (except.includes(path)) {
      return [];
    }
    if (property.type === 'object' && property.properties) {
      return fieldsOf(agent, except,
        { schema: property, prefix: `${path}.`, isNeeded: isRequired });
    }
    return [makeField({
      path,
      label: inLanguage(property.title, name),
      hint: property.type === 'array' ? t.oneEachLine : undefined,
      schema: property.enum ? { ...property, choices: choicesOf(name, property, agent) } : property,
      isRequired,
    })];
  });
}

// Puts a value into an object under a path with dots.
export function put(object, path, value) {
  const names = path.split('.');
  const last = names.pop();
  names.reduce((at, name) => (at[name] ??= {}), object)[last] = value;
}
