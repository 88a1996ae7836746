"""What the database itself refuses: states out of order, evidence changed afterwards, one car in two places."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import migrations, models
from django.db.models import F, Func

# The table of trading.domain.states at this version; tests/trading/test_states.py tries every pair against it.
STATES_IN_ORDER = """
CREATE FUNCTION trading_states_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('held', 'confirmed'), ('held', 'expired'), ('held', 'cancelled'),
        ('confirmed', 'active'), ('confirmed', 'completed'), ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
        ('active', 'completed'), ('expired', 'confirmed'), ('no_show', 'active'), ('no_show', 'completed')
    ) THEN
        RAISE EXCEPTION 'booking % may not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_states_in_order';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER booking_states_in_order BEFORE UPDATE OF state ON trading_booking
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION trading_states_in_order();

CREATE FUNCTION trading_starts_held() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a booking starts as held, not as %', NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_starts_held';
END $$;

CREATE TRIGGER booking_starts_held BEFORE INSERT ON trading_booking
    FOR EACH ROW WHEN (NEW.state <> 'held') EXECUTE FUNCTION trading_starts_held();
"""
NO_STATES_IN_ORDER = """
DROP TRIGGER booking_starts_held ON trading_booking;
DROP FUNCTION trading_starts_held();
DROP TRIGGER booking_states_in_order ON trading_booking;
DROP FUNCTION trading_states_in_order();
"""

EVIDENCE_STAYS = """
CREATE FUNCTION trading_evidence_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'evidence is append-only: % refused', TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'evidence_append_only';
END $$;

CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE ON trading_evidence
    FOR EACH ROW EXECUTE FUNCTION trading_evidence_stays();
CREATE TRIGGER evidence_never_truncated BEFORE TRUNCATE ON trading_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION trading_evidence_stays();
"""
NO_EVIDENCE_STAYS = """
DROP TRIGGER evidence_never_truncated ON trading_evidence;
DROP TRIGGER evidence_append_only ON trading_evidence;
DROP FUNCTION trading_evidence_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("trading", "0001_initial"), ("lots", "0003_sql_columns")]

    operations = [
        migrations.RunSQL(STATES_IN_ORDER, NO_STATES_IN_ORDER),
        migrations.RunSQL(EVIDENCE_STAYS, NO_EVIDENCE_STAYS),
        migrations.AddConstraint(
            model_name="booking",
            constraint=ExclusionConstraint(
                name="one_booking_per_vehicle_and_time",
                expressions=[
                    ("vehicle", RangeOperators.EQUAL),
                    (Func(F("start"), F("end"), function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=["active", "confirmed", "held"], vehicle__isnull=False),
            ),
        ),
    ]
