DROP INDEX `organization_users_by_user`;--> statement-breakpoint
CREATE INDEX `organization_users_by_user` ON `organization_users` (`user_id`,`organization_id`);--> statement-breakpoint
CREATE INDEX `audit_logs_by_actor` ON `audit_logs` (`organization_id`,`actor_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `audit_logs_by_target` ON `audit_logs` (`organization_id`,`target_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `sandboxes_by_cpu` ON `sandboxes` (`organization_id`,`cpu`,`id`);--> statement-breakpoint
CREATE INDEX `sandboxes_by_memory` ON `sandboxes` (`organization_id`,`memory`,`id`);--> statement-breakpoint
CREATE INDEX `sandboxes_by_disk` ON `sandboxes` (`organization_id`,`disk`,`id`);