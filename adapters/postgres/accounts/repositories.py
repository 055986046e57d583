"""The write side of accounts inside one transaction."""

from functools import cached_property

from adapters.postgres.accounts.account_messages import PostgresAccountMessages
from adapters.postgres.accounts.account_tokens import PostgresAccountTokens
from adapters.postgres.accounts.accounts import PostgresAccounts
from adapters.postgres.accounts.api_keys import PostgresApiKeys
from adapters.postgres.accounts.data_keys import PostgresDataKeys
from adapters.postgres.accounts.linked_wallets import PostgresLinkedWallets
from adapters.postgres.accounts.members import PostgresMembers
from adapters.postgres.accounts.notification_preferences import PostgresNotificationPreferences
from adapters.postgres.accounts.notifications import PostgresNotifications
from adapters.postgres.accounts.own_data import PostgresOwnData
from adapters.postgres.accounts.passkeys import PostgresPasskeys
from adapters.postgres.accounts.proposals import PostgresProposals
from adapters.postgres.accounts.sign_in_failures import PostgresSignInFailures
from adapters.postgres.write_batching import BatchingConnection


class PostgresAccountRepositories:
    """`activities.ports.accounts.AccountRepositories`."""

    def __init__(self, connection: BatchingConnection) -> None:
        self._connection = connection

    @cached_property
    def accounts(self) -> PostgresAccounts:
        return PostgresAccounts(self._connection)

    @cached_property
    def own_data(self) -> PostgresOwnData:
        return PostgresOwnData(self._connection)

    @cached_property
    def data_keys(self) -> PostgresDataKeys:
        return PostgresDataKeys(self._connection)

    @cached_property
    def notifications(self) -> PostgresNotifications:
        return PostgresNotifications(self._connection)

    @cached_property
    def preferences(self) -> PostgresNotificationPreferences:
        return PostgresNotificationPreferences(self._connection)

    @cached_property
    def members(self) -> PostgresMembers:
        return PostgresMembers(self._connection)

    @cached_property
    def messages(self) -> PostgresAccountMessages:
        return PostgresAccountMessages(self._connection)

    @cached_property
    def tokens(self) -> PostgresAccountTokens:
        return PostgresAccountTokens(self._connection)

    @cached_property
    def linked_wallets(self) -> PostgresLinkedWallets:
        return PostgresLinkedWallets(self._connection)

    @cached_property
    def passkeys(self) -> PostgresPasskeys:
        return PostgresPasskeys(self._connection)

    @cached_property
    def api_keys(self) -> PostgresApiKeys:
        return PostgresApiKeys(self._connection)

    @cached_property
    def proposals(self) -> PostgresProposals:
        return PostgresProposals(self._connection)

    @cached_property
    def sign_in_failures(self) -> PostgresSignInFailures:
        return PostgresSignInFailures(self._connection)
