import { MAX_SECRETS_PER_SANDBOX } from "../../../shared/limits.ts";
import { getOrganization, type Organization } from "../services/organizations/get.ts";
import { listOrganizations } from "../services/organizations/list.ts";
import { renderTime } from "./render-time.ts";
import { type CredentialRoute, defineRoute } from "./route.ts";

/** The organizations that a credential opens: the way to find out which there are. */
export const CREDENTIAL_ROUTES: CredentialRoute[] = [
  {
    name: "GET /organizations",
    answer: async (caller, database) =>
      (await listOrganizations(database, caller)).map(renderOrganization),
  },
];

export const ORGANIZATION_ROUTES = [
  defineRoute("GET /organizations/:organizationId", { status: 200 }, async ({ context }) => ({
    ...renderOrganization(await getOrganization(context)),
    secretQuota: context.settings.maxSecretsPerOrganization,
    maxSecretsPerSandbox: MAX_SECRETS_PER_SANDBOX,
  })),
];

function renderOrganization(organization: Organization) {
  return {
    id: organization.id,
    name: organization.name,
    createdBy: organization.firstOwnerId,
    personal: false,
    suspended: false,
    createdAt: renderTime(organization.createdAt),
    updatedAt: renderTime(organization.updatedAt),
  };
}
