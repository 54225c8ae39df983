-- The three users of the demo, installed only where they are asked for (`schema apply --demo-users`): nobody else should get an
-- active administrator. Their ids were written as admin-123, dist-001 and dist-002, which are no UUIDs; these are derived
-- from those names (`mlmcore.domain.ids.demo_user_id`). They have no password, so nobody can sign in as one.

SELECT set_config('mlmcore.bulk', 'on', true);

INSERT INTO users (id, email, role, status, email_verified) VALUES
    ('774c80a5-34e1-5469-99bc-7b963618b27e', 'admin@mlmcrm.com', 'admin', 'active', true),
    ('39009c77-65d1-597d-87d6-66f730a92147', 'john@example.com', 'distributor', 'active', true),
    ('a1e1c19c-b209-51a5-8072-84845d1f4f64', 'jane@example.com', 'distributor', 'active', true)
ON CONFLICT DO NOTHING;

SELECT set_config('mlmcore.bulk', '', true);
