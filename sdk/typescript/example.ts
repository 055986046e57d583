// Compiled against the generated types, so that a change of the API shows here.
import createClient from 'openapi-fetch';
import type {components, paths} from './registry.js';

const registry = createClient<paths>({baseUrl: 'https://registry.example'});

export async function tonnesRetired(retirementId: string): Promise<string> {
  const {data, error} = await registry.GET('/api/v1/registry/retirements/{retirement_id}', {
    params: {path: {retirement_id: retirementId}},
  });
  if(!data) { throw new Error(JSON.stringify(error)); }
  return data.data.quantity;
}

export async function newestChange(since: number): Promise<number> {
  const {data} = await registry.GET('/api/v1/registry/changes', {params: {query: {since}}});
  const changes: components['schemas']['ChangeResponse'][] = data?.data ?? [];
  return changes.at(-1)?.seq ?? since;
}

// @ts-expect-error No such field.
export const missing = (one: components['schemas']['ChangeResponse']) => one.holder;
