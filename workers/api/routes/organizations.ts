import type { z } from "zod";
import { MAX_SECRETS_PER_SANDBOX } from "../../../shared/limits.ts";
import { getOrganization, type Organization } from "../services/organizations/get.ts";
import { listOrganizations } from "../services/organizations/list.ts";
import {
  type OrganizationAnswer,
  OrganizationListAnswer,
  OrganizationWithQuotaAnswer,
} from "./organization-answers.ts";
import { renderTime } from "./render-time.ts";
import { defineCredentialRoute, defineRoute } from "./route.ts";

/** The organizations that a credential opens: the way to find out which there are. */
export const CREDENTIAL_ROUTES = [
  defineCredentialRoute(
    "GET /organizations",
    {
      operationId: "listOrganizations",
      summary: "List the organizations that the credential opens",
      status: 200,
      response: OrganizationListAnswer,
    },
    async (caller, database) => (await listOrganizations(database, caller)).map(renderOrganization),
  ),
];

export const ORGANIZATION_ROUTES = [
  defineRoute(
    "GET /organizations/:organizationId",
    {
      operationId: "getOrganization",
      summary: "Get an organization",
      status: 200,
      response: OrganizationWithQuotaAnswer,
    },
    async ({ context }) => ({
      ...renderOrganization(await getOrganization(context)),
      secretQuota: context.settings.maxSecretsPerOrganization,
      maxSecretsPerSandbox: MAX_SECRETS_PER_SANDBOX,
    }),
  ),
];

function renderOrganization(organization: Organization): z.output<typeof OrganizationAnswer> {
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
