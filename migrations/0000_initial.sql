CREATE TABLE `api_keys` (
	`organization_id` text NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`suffix` text NOT NULL,
	`permissions` text NOT NULL,
	`created_at` integer NOT NULL,
	`last_used_at` integer,
	`expires_at` integer,
	PRIMARY KEY(`organization_id`, `user_id`, `name`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_by_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE TABLE `audit_logs` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`actor_id` text NOT NULL,
	`actor_email` text NOT NULL,
	`actor_api_key_prefix` text,
	`actor_api_key_suffix` text,
	`action` text NOT NULL,
	`target_type` text NOT NULL,
	`target_id` text,
	`status_code` integer NOT NULL,
	`error_message` text,
	`ip_address` text,
	`user_agent` text,
	`source` text,
	`metadata` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_logs_by_created_at` ON `audit_logs` (`organization_id`,`created_at`,`id`);--> statement-breakpoint
CREATE TABLE `organization_roles` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`permissions` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `organization_roles_by_name` ON `organization_roles` (`organization_id`,`name`);--> statement-breakpoint
CREATE TABLE `organization_users` (
	`organization_id` text NOT NULL,
	`user_id` text NOT NULL,
	`email` text NOT NULL,
	`role` text NOT NULL,
	`assigned_role_ids` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`organization_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `organization_users_by_user` ON `organization_users` (`user_id`);--> statement-breakpoint
CREATE TABLE `organizations` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sandbox_secrets` (
	`organization_id` text NOT NULL,
	`sandbox_id` text NOT NULL,
	`environment_variable` text NOT NULL,
	`secret_id` text NOT NULL,
	PRIMARY KEY(`sandbox_id`, `environment_variable`),
	FOREIGN KEY (`sandbox_id`) REFERENCES `sandboxes`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`secret_id`) REFERENCES `secrets`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `sandbox_secrets_by_secret` ON `sandbox_secrets` (`secret_id`);--> statement-breakpoint
CREATE TABLE `sandboxes` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`user` text NOT NULL,
	`env` text NOT NULL,
	`labels` text NOT NULL,
	`public` integer NOT NULL,
	`network_block_all` integer NOT NULL,
	`domain_allow_list` text,
	`target` text NOT NULL,
	`cpu` integer NOT NULL,
	`gpu` integer NOT NULL,
	`memory` integer NOT NULL,
	`disk` integer NOT NULL,
	`echoed` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sandboxes_by_name` ON `sandboxes` (`organization_id`,`name`);--> statement-breakpoint
CREATE INDEX `sandboxes_by_created_at` ON `sandboxes` (`organization_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `sandboxes_by_updated_at` ON `sandboxes` (`organization_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE TABLE `secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`organization_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`placeholder` text NOT NULL,
	`hosts` text NOT NULL,
	`locations` text,
	`sealed_value` text NOT NULL,
	`sealing_key_id` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `secrets_by_name` ON `secrets` (`organization_id`,`name`);--> statement-breakpoint
CREATE UNIQUE INDEX `secrets_by_placeholder` ON `secrets` (`placeholder`);--> statement-breakpoint
CREATE INDEX `secrets_by_created_at` ON `secrets` (`organization_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `secrets_by_updated_at` ON `secrets` (`organization_id`,`updated_at`,`id`);--> statement-breakpoint
CREATE INDEX `secrets_by_sealing_key` ON `secrets` (`sealing_key_id`,`id`);