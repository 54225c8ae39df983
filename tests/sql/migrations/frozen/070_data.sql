-- What every installation starts with: the five ranks that were asked for, until a plan is installed and writes its own, and
-- for which tree paths are kept. Loaded as bulk, since an installation changes nobody's data.

SELECT set_config('mlmcore.bulk', 'on', true);

INSERT INTO ranks (id, name, level, min_personal_pv, min_group_pv, commission_rate) VALUES
    ('bronze', 'Bronze', 1, 100, 0, 0.05),
    ('silver', 'Silver', 2, 200, 1000, 0.07),
    ('gold', 'Gold', 3, 300, 2500, 0.10),
    ('platinum', 'Platinum', 4, 500, 5000, 0.12),
    ('diamond', 'Diamond', 5, 1000, 10000, 0.15)
ON CONFLICT DO NOTHING;

INSERT INTO genealogy_closure (tree, enabled) VALUES
    ('sponsor', true),
    ('placement', false),
    ('enroller', false)
ON CONFLICT DO NOTHING;

SELECT set_config('mlmcore.bulk', '', true);
