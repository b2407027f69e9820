/** Applications that nobody has written: what is made of them is what a cluster takes, and makes sense. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKubernetes } from '../../../scripts/kubernetes/check.ts';
import { toKubernetes } from '../../../scripts/kubernetes/generate.ts';
import { EXPOSURES } from '../../../scripts/kubernetes/services.ts';
import { parseObjects, toYaml } from '../../../scripts/kubernetes/yaml.ts';
import { randomApplication } from '../../../testkit/random-application.ts';
import { schemaErrors } from '../../../testkit/kubernetes-schemas.ts';

const COUNT = 200;

/** `nginx` alone is an error, of whoever wrote that. */
const REFUSED = { without: ['images without a version'] } as const;

for (const expose of [undefined, ...EXPOSURES]) {
  test(`${COUNT} applications fit the published schemas, and check finds no error (expose: ${expose ?? 'nothing'})`, () => {
    for (let seed = 0; seed < COUNT; seed++) {
      const { objects } = toKubernetes(randomApplication(seed, REFUSED), { expose });
      for (const object of objects) assert.deepEqual(schemaErrors(object), [], `seed ${seed}: ${object.metadata.name}`);
      const errors = checkKubernetes(objects).filter(({ level }) => level === 'error');
      assert.deepEqual(errors, [], `seed ${seed}`);
    }
  });
}

test('the same application gives the same bytes, and these the same objects', () => {
  for (let seed = 0; seed < COUNT; seed++) {
    const { objects, losses } = toKubernetes(randomApplication(seed, REFUSED));
    const again = toKubernetes(randomApplication(seed, REFUSED));
    assert.equal(toYaml(again.objects), toYaml(objects));
    assert.deepEqual(again.losses, losses);
    assert.deepEqual(parseObjects(toYaml(objects), 'what was made'), structuredClone(objects));
  }
});

test('the schemas would see a wrong field, a wrong kind of value, and one that is missing', () => {
  const [object] = toKubernetes(randomApplication(2, REFUSED)).objects.filter(({ kind }) => kind === 'Deployment');
  const template = object!.spec.template as { readonly spec: object };
  const withPod = (fields: object): typeof object => ({
    ...object!,
    spec: { ...object!.spec, template: { ...template, spec: { ...template.spec, ...fields } } },
  });
  assert.deepEqual(schemaErrors(object!), []);
  assert.deepEqual(schemaErrors(withPod({ enableServiceLink: false })!), [
    '/spec/template/spec/enableServiceLink: no such field',
  ]);
  assert.deepEqual(schemaErrors(withPod({ enableServiceLinks: 'no' })!), [
    '/spec/template/spec/enableServiceLinks: type',
  ]);
  assert.deepEqual(schemaErrors(withPod({ containers: undefined })!)[0], '/spec/template/spec: required');
});
