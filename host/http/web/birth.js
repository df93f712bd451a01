// The birth data a chart is computed from.
import { byId } from './dom.js';
import { makeField } from './fields.js';
import { t } from './language.js';

// Fields of a job's data that are drawn here, whatever the agent's inputs say.
export const birthNames = ['birthDate', 'birthTime', 'birthPlace', 'timezone', 'fold'];

function fillZones() {
  const list = byId('zones');
  if (list.children.length === 0 && Intl.supportedValuesOf) {
    list.append(...Intl.supportedValuesOf('timeZone').map((zone) => new Option(zone, zone)));
  }
}

export function birthFields(isRequired) {
  fillZones();
  return [
    makeField({ path: 'birthDate', label: t.birthDate, schema: { control: 'date' }, isRequired }),
    makeField({
      path: 'birthTime', label: t.birthTime, hint: t.birthTimeHint, schema: { control: 'time' },
      isRequired,
    }),
    makeField({
      path: 'fold', label: t.fold, hint: t.foldHint,
      schema: {
        type: 'integer', choices: [{ value: 0, text: t.fold0 }, { value: 1, text: t.fold1 }],
      },
      isRequired: true,
      isWide: true,
    }),
    makeField({ path: 'birthPlace.name', label: t.placeName, schema: { example: 'Berlin' } }),
    makeField({
      path: 'birthPlace.timezone', label: t.timezone, hint: t.timezoneHint,
      schema: { list: 'zones', example: 'Europe/Berlin' }, isRequired,
    }),
    makeField({
      path: 'birthPlace.latitude', label: t.latitude, hint: t.latitudeHint,
      schema: { type: 'number', example: '52.52' },
    }),
    makeField({
      path: 'birthPlace.longitude', label: t.longitude, hint: t.longitudeHint,
      schema: { type: 'number', example: '13.405' },
    }),
  ];
}
