"""The ledger's rules in the database, where every writer meets them (docs/adr/0007)."""

from django.db import migrations

ENTRY_BALANCES = """
CREATE FUNCTION finance_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_entry uuid;
    legs bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'finance_leg' THEN of_entry := NEW.entry_id; ELSE of_entry := NEW.id; END IF;
    SELECT count(*), coalesce(sum(amount_minor), 0) INTO legs, total FROM finance_leg WHERE entry_id = of_entry;
    IF legs < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'journal entry % has % leg(s) that sum to %', of_entry, legs, total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON finance_journalentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finance_entry_balances();
CREATE CONSTRAINT TRIGGER leg_keeps_entry_balanced AFTER INSERT ON finance_leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION finance_entry_balances();
"""
NO_ENTRY_BALANCES = """
DROP TRIGGER leg_keeps_entry_balanced ON finance_leg;
DROP TRIGGER entry_balances ON finance_journalentry;
DROP FUNCTION finance_entry_balances();
"""

APPEND_ONLY = """
CREATE FUNCTION finance_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only';
END $$;

CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE ON finance_journalentry
    FOR EACH ROW EXECUTE FUNCTION finance_append_only();
CREATE TRIGGER entry_never_truncated BEFORE TRUNCATE ON finance_journalentry
    FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only();
CREATE TRIGGER leg_append_only BEFORE UPDATE OR DELETE ON finance_leg
    FOR EACH ROW EXECUTE FUNCTION finance_append_only();
CREATE TRIGGER leg_never_truncated BEFORE TRUNCATE ON finance_leg
    FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only();
CREATE TRIGGER account_never_truncated BEFORE TRUNCATE ON finance_account
    FOR EACH STATEMENT EXECUTE FUNCTION finance_append_only();
"""
NO_APPEND_ONLY = """
DROP TRIGGER account_never_truncated ON finance_account;
DROP TRIGGER leg_never_truncated ON finance_leg;
DROP TRIGGER leg_append_only ON finance_leg;
DROP TRIGGER entry_never_truncated ON finance_journalentry;
DROP TRIGGER entry_append_only ON finance_journalentry;
DROP FUNCTION finance_append_only();
"""

# An entry is what its own transaction made it: two more legs that sum to zero would change it unseen.
ENTRY_CLOSED = """
CREATE FUNCTION finance_stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.transaction_id := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;

CREATE TRIGGER entry_stamped BEFORE INSERT ON finance_journalentry
    FOR EACH ROW EXECUTE FUNCTION finance_stamp_transaction();

CREATE FUNCTION finance_leg_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry record;
    account record;
BEGIN
    SELECT currency, transaction_id INTO entry FROM finance_journalentry WHERE id = NEW.entry_id;
    SELECT currency INTO account FROM finance_account WHERE id = NEW.account_id;
    IF entry IS NULL OR account IS NULL THEN
        RETURN NEW; -- the foreign keys say so
    END IF;
    IF entry.transaction_id <> pg_current_xact_id()::text::bigint THEN
        RAISE EXCEPTION 'journal entry % is complete and takes no more legs', NEW.entry_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'ledger_append_only';
    END IF;
    IF entry.currency <> account.currency THEN
        RAISE EXCEPTION 'account % is in %, the entry in %', NEW.account_id, account.currency, entry.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'leg_currency';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER leg_fits BEFORE INSERT ON finance_leg FOR EACH ROW EXECUTE FUNCTION finance_leg_fits();
"""
NO_ENTRY_CLOSED = """
DROP TRIGGER leg_fits ON finance_leg;
DROP FUNCTION finance_leg_fits();
DROP TRIGGER entry_stamped ON finance_journalentry;
DROP FUNCTION finance_stamp_transaction();
"""

# Accounts are locked by ascending id before they are changed, so that no two postings wait for each other.
STORED_BALANCE = """
CREATE FUNCTION finance_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM finance_account WHERE id IN (SELECT account_id FROM new_legs) ORDER BY id FOR NO KEY UPDATE;
    UPDATE finance_account AS account SET balance_minor = account.balance_minor + moved.amount
        FROM (SELECT account_id, sum(amount_minor)::bigint AS amount FROM new_legs GROUP BY account_id) AS moved
        WHERE account.id = moved.account_id;
    RETURN NULL;
END $$;

CREATE TRIGGER leg_moves_balance AFTER INSERT ON finance_leg REFERENCING NEW TABLE AS new_legs
    FOR EACH STATEMENT EXECUTE FUNCTION finance_keep_balances();

CREATE FUNCTION finance_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.balance_minor <> 0 THEN
            RAISE EXCEPTION 'an account starts at zero'
                USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_balance_kept_by_legs';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.kind, NEW.currency, NEW.provider) IS DISTINCT FROM (OLD.id, OLD.kind, OLD.currency, OLD.provider)
        OR NEW.member_id IS DISTINCT FROM OLD.member_id OR NEW.lot_id IS DISTINCT FROM OLD.lot_id THEN
        RAISE EXCEPTION 'kind, currency and holder of an account never change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_fixed';
    END IF;
    IF NEW.balance_minor <> OLD.balance_minor AND pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'the balance of account % moves by legs only', OLD.id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'account_balance_kept_by_legs';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER account_guarded BEFORE INSERT OR UPDATE ON finance_account
    FOR EACH ROW EXECUTE FUNCTION finance_guard_account();
"""
NO_STORED_BALANCE = """
DROP TRIGGER account_guarded ON finance_account;
DROP FUNCTION finance_guard_account();
DROP TRIGGER leg_moves_balance ON finance_leg;
DROP FUNCTION finance_keep_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("finance", "0004_rules_of_accounts_and_payments")]

    operations = [
        migrations.RunSQL(ENTRY_BALANCES, NO_ENTRY_BALANCES),
        migrations.RunSQL(APPEND_ONLY, NO_APPEND_ONLY),
        migrations.RunSQL(ENTRY_CLOSED, NO_ENTRY_CLOSED),
        migrations.RunSQL(STORED_BALANCE, NO_STORED_BALANCE),
    ]
