"""
Every field of every answer, and who sees it: one line for each shape of the API's document.

A field that is not here fails the build (tests/api/rest/test_disclosure.py), and so does a public answer with a
field that is not public. Names are those of the API's document (ADR 0075).
"""

from collections.abc import Mapping

from domain.publishing.disclosure import (
    CONFIDENTIAL,
    INTERNAL,
    RESTRICTED,
    DisclosureRule,
    PublicMoment,
    public_from,
)

_SHAPES: tuple[tuple[DisclosureRule, str], ...] = (
    (
        public_from(PublicMoment.ALWAYS),
        """
        AuditHeadResponse: hash newestAnchor seq
        CertificateCheckedResponse: certificate checks registryWord verdict
        ChangeList: data links meta
        ChangeMeta: lastSeq limit seq
        CheckResponse: name pointer sentence state
        CheckedSealResponse: digest sealedAt
        ConservationResponse: holds lastCheck parts total
        CalculationParameterResponse: default description name unit
        CalculationResponse: description gapHours id parameters projectTypes series source steps title version
        CalculationSeriesResponse: description independent name quantity unit
        CalculationStepResponse: description formula name unit
        CalculationsResponse: calculations
        FormatListResponse: formats
        FormatResponse: columns description fileKinds id optionalColumns records sampleUrl schemaUrl tableSchemaUrl title version
        LastCheckResponse: checkedAt holds
        ListLinks: next
        ListMeta: limit nextCursor
        MethodologyResponse: createdAt id name sector standard versions
        MethodologyVersionResponse: calculations creditingPeriodYears durabilityYears id parameters projectTypes requiredDocumentTypes requiresChecklist requiresStatement validFrom version withdrawalReason withdrawnAt
        ParameterResponse: description name unit
        PartResponse: active buffer cancelled holds issued projectId reserved retired suspended vintage
        RegistryOffer: available country holderName holderRole id largestQuantity offeredAt projectId projectTitle projectType serial vintage
        RegistryOfferList: data links meta
        RegistryOfferMeta: available limit nextCursor offers
        RegistryWordResponse: certificateCorrections corrections known supersededBy trouble
        ForeignRegistryResponse: block example name registry source
        SchemeNamesResponse: about name projectTypes scheme scopes source statuses
        StandardNamesResponse: registries schemes
        StateResponse: frozen reason since
        StatedResponse: certificateId networks quantity status txHashes
        StatsResponse: active buffer cancelled issued projects projectsVerified reserved retired retirements retirementsOnChain suspended
        SumResponse: active buffer cancelled holds issued reserved retired suspended
        VerdictResponse: complete holds sentence
        """,
    ),
    (
        public_from(PublicMoment.SUBMISSION),
        """
        BufferShareResponse: decidedAt percent reason reversalRisk
        CoordinatesResponse: latitude longitude
        AppealResponse: acknowledgeBy acknowledgedAt answerBy decidedAt filedAt id kind projectId projectTitle publicReason publicText round status verificationId withheldReason
        CommentAnswerResponse: answeredAt by text
        CommentResponse: answer hiddenAt hiddenReason name number text writtenAt
        ConsultationLine: comments country from open openedAt projectId projectTitle to unanswered
        ConsultationResponse: comments from open openedAt projectId to unanswered
        GeometryResponse: coordinates type
        MonitoringPeriodResponse: from to
        PublicBoundariesResponse: boundaries
        PublicBoundaryResponse: areaHectares geometry projectId setAt
        PublicLaterResponse: field rule
        PublicPreviewResponse: public later
        RegistryDocument: completedAt disclosure documentType fileSize id mimeType name round sha256 supersededAt version
        RegistryEvent: createdAt eventType message
        RegistryProject: bufferShare coordinates country createdAt creditingPeriodEnd credits description developer documents emissionsTarget id labels location methodologyVersionId number obligations progress riskAssessment rounds startDate status timeline title type updatedAt validation verification
        RegistryProjectLine: coordinates country createdAt creditingPeriodEnd description developer emissionsTarget id labels location methodologyVersionId number startDate status title type updatedAt
        FactorRuleResponse: category factor scoreMax sentence
        RegistryRisk: decidedAt external internal natural number percent scores tool toolVersion total
        RegistryVerification: needsCountersignature status
        RiskCategoryResponse: category scoreMax
        RiskToolResponse: categories factors name shares source version
        RoundFindingsResponse: closed kind raised
        RoundMethodologyResponse: durabilityYears id name standard version versionId withdrawnAt
        RoundResponse: accreditation completedAt countersignedAt findings gapDays methodology monitoringPeriod needsCountersignature progress publicReason resubmits round signOffDigest statement status submittedAt verificationId verifiedBy verifiedQuantity vintages
        ShareBandResponse: percent totalMax
        VintageResponse: quantity vintage
        """,
    ),
    (
        public_from(PublicMoment.EVENT),
        """
        AnchorResponse: blockHeight confirmations hash queuedAt seq status txHash
        AuditArchiveResponse: anchored archivedAt firstSeq lastHash lastSeq month previousHash sha256 sizeBytes told
        AuditArchivesResponse: months
        AuditEntryResponse: action at commitments disclosed eventType hash hashVersion previousHash resourceType seq
        AuthorisationResponse: claim hostParty id projectId recordedAt status steps terms vintageFrom vintageTo
        AuthorisationStepResponse: confirmedAt kind number recordedAt source status terms withdrawnAt withdrawnReason
        AuthorisationTermsResponse: changeableAfterTransfer firstTransfer quantity uses
        BeneficiaryResponse: country identifier name undisclosed
        ChainRecordResponse: blockHeight checkedAt confirmations status takenBackAt txHash
        ChangeBeneficiary: country identifier name
        ChangeResponse: completedAt id opened projectId quantity reason resultSerial retirement seq serial suspendedFor type units vintage
        ChangeRetirement: beneficiary id purpose quantity reason retiredAt
        ChangeUnits: first last
        CorrectionResponse: correct correctedAt digest pointer reason stated
        CorrectingCancellationResponse: cancelledAt quantity replaces serial transactionId
        DisclosureResponse: salt value
        ForeignRangeResponse: block confirmedAt firstNumber id lastNumber projectId quantity recordedAt registry serial source status verificationId vintage withdrawnAt withdrawnReason
        IssuanceCorrectionLine: cancelledQuantity dueAt id owedQuantity projectId projectTitle quantity reason recordedAt replacedQuantity round settledAt status verificationId vintage
        IssuanceCorrectionResponse: cancellations cancelledQuantity dueAt id owedQuantity projectId projectTitle quantity reason recordedAt replacedQuantity round settledAt status verificationId vintage
        LabelResponse: confirmedAt goals id identifier name phase programme projectId recordedAt scheme source status validFrom validUntil vintageFrom vintageTo withdrawnAt withdrawnReason
        LineageEntry: childSerials issuedAt lastActionAt parentSerial quantity serial status units vintage
        LineageResponse: entries projectId rootSerial serial transactions truncated vintage
        LineageTransaction: chainStatus completedAt id quantity reason resultSerial retirementId serial txHash type units
        LogResponse: anchoredBy keys origin rootHash signedAt signedBy size url
        ObligationResponse: dueAt lostQuantity madeGoodQuantity owedQuantity projectId quantity recordedAt reversalId settledAt status suspendedQuantity vintage
        OpenedEntry: serial units
        RegistryCancellation: cancelledAt cancelledFor correctionId projectId projectTitle quantity reason reversalId serial transactionId vintage
        RegistryCredit: childSerials issuedAt lastActionAt monitoringPeriod parentSerial projectId quantity retirementId round serial status suspendedFor units verificationId vintage
        RetiredLineResponse: chainRecord projectId quantity serial units vintage
        RetirementResponse: beneficiary certificateStatus certificateUrl chainRecord corrections id lines projectId purpose quantity reason retiredAt reversals serial vintage
        ReversalResponse: avoidable cancelledSerials cancelledSerialsTotal cause certificates certificatesTotal coveredQuantity id obligation projectId quantity recordedAt vintage
        SealResponse: address digest sealedAt supersededAt
        StandardSourceResponse: dated documentId url
        StandardsResponse: authorisations claim foreignRanges labels
        TouchResponse: avoidable bufferQuantity cause coveredBy coveredQuantity obligationStatus owedQuantity recordedAt reversalId touchedQuantity
        TouchedResponse: coveredBy coveredQuantity retirementId touchedQuantity
        UnitResponse: heldBy number path projectId retirement serial status truncated vintage
        UnitRetirement: beneficiary certificateUrl country id retiredAt
        UnitStep: cameBy endedBy quantity serial status units
        UnitsResponse: first last
        """,
    ),
    (
        public_from(PublicMoment.DECISION),
        """
        DeductionResponse: quantity reason vintage
        QuantificationResponse: calculation calculationVersion computedAt inputsSha256 inputsUrl monitoringPeriod number sha256 verificationId vintages
        QuantifiedStepResponse: name uncertainty unit value
        QuantifiedVintageResponse: quantity rows steps tonnes uncertainty vintage
        RegistryStatement: accreditation approvedAt assurance criteria deductions materiality methodology methodologyVersionId opinion opinionBasis projectId quantities round scope sha256 uncertainty verificationId verifiedBy version writtenAt
        RegistryValidation: accreditation additionality assurance baseline body boundary monitoringPlan opinion opinionBasis sha256 writtenAt
        RegistryVerification: completedAt countersignedAt publicReason signOffDigest verifiedBy verifiedQuantity vintage
        StatementSummaryResponse: assurance materiality opinion sha256 uncertainty writtenAt
        """,
    ),
    (
        INTERNAL,
        """
        AcceptedResponse: location operationId status
        AccreditationResponse: evidenceUrl inherited number projectTypes scheme valid validFrom validUntil
        AlertResponse: clearedAt id kind raisedAt sentence subject
        AuditLogEntryResponse: action after at before changes eventType hash resourceId resourceType seq source userId
        ChecklistItemResponse: item mine sentence ticks
        ChecklistResponse: complete items open required verificationId
        CountersignatureRefusal: reason refusedAt
        DeliveryResponse: attempts createdAt deliveredAt eventId eventName id lastAttemptAt lastError lastStatusCode replays status
        DevicePlaceResponse: latitude longitude
        DeviceResponse: calibration coordinates id instrument name quantity registeredAt unit
        DevicesResponse: devices
        DocumentResponse: completedAt createdAt description disclosure documentType fileSize id mimeType name projectId sha256 status supersededAt supersededBy supersedes upload uploadedBy verificationId version
        FieldChangeResponse: after before field
        FindingCountsResponse: answered blocking closed open
        FindingMessageResponse: act attachments id number side text userId writtenAt
        FindingPlaceResponse: documentId field page row
        FindingResponse: about carriedFrom carriedInto id kind messages number projectId raisedAt raisedBy round state text updatedAt verificationId
        ExportResponse: generatedAt id manifestUrl sha256
        FactChangeResponse: after before fact
        FilesWithIssuesResponse: partlyAccepted refused
        LikelyDuplicateResponse: distanceMeters explanation projectId samePlace sameTitle status title
        OverviewResponse: chain files frozen openAlerts proposals stages waiting wallets
        OverlapResponse: areaHectares projectId share title
        PlaceResponse: areaHectares geometry number overlaps points pointsOutside projectId setAt
        PointResponse: latitude longitude name
        ProjectChangeResponse: changedAt changedBy changes id number projectId verificationId
        ProjectResponse: coordinates country createdAt creditingPeriodEnd description developerId emissionsTarget id likelyDuplicates location methodologyVersionId number startDate status title type updatedAt verificationId
        ProposalResponse: expiresAt id kind proposedAt proposedBy quantity reason refusal settledAt settledBy status subject
        ProviderResponse: answeredAt answers askedAt tipHeight tipSeenAt
        PublishedEventResponse: id name occurredAt payload
        ReadingResponse: measuredAt newest qualityFlag receivedAt revision sequence uncertainty value
        ReadingsResponse: device nextAfter quantity readings summed unit
        ReadingsTakenResponse: added known
        ReplayedResponse: events
        ReportAccessResponse: authority expiresAt grantedAt grantedBy id lastReadAt purpose readings reportId revokedAt
        ReviewResponse: changed digest known verificationId
        RoundChangeResponse: actorRole at eventType fields resourceId resourceType seq
        RoundChangesResponse: changes lookedAt more upTo
        RiskAssessmentResponse: decidedAt enteredAt enteredBy external factors internal natural number outcome outcomeReason percent tool toolVersion total
        RiskAssessmentsResponse: assessments projectId standing
        ScoredFactorResponse: factor reason score
        StageCountResponse: moreOverdue moreRounds overdue rounds stage
        StaffRecordResponse: attempts blockHash blockHeight checkedAt confirmations confirmedAt explorerUrl id kind parkReason queuedAt record rollbacks status submissions submittedAt transactionId transactionStatus txHash
        SummedResponse: beginsAt count highest lowest mean
        StatementResponse: assurance bound criteria deductions independence materiality methodology methodologyVersionId opinion opinionBasis quantities scope sha256 uncertainty verificationId version writtenAt writtenBy
        StatementReviewResponse: body outcome reviewedAt reviewerId statementSha256 statementVersion words
        TechnicalReviewResponse: reviewerId reviews state statementSha256 statementVersion verificationId
        TickResponse: done note tickedAt userId
        ValidationOpinionResponse: accreditation additionality assurance baseline body boundary monitoringPlan opinion opinionBasis sha256 stands version writtenAt writtenBy
        ValidationResponse: named opinion validatorId verificationId
        VerificationBodyResponse: accreditation accreditations country createdAt id legalName registrationNumber scope verifiers
        VerificationEventResponse: createdAt eventType id message userId verificationId
        VerificationResponse: accreditation assignedAt completedAt countersignatureRefusal countersignedAt developerId findings id likelyDuplicates methodologyVersionId monitoringPeriod needsCountersignature notes progress projectId publicReason resubmits round signOffDigest statementSha256 status steadReason submittedAt updatedAt verificationBody verifiedQuantity verifierId vintage vintages whatChanged
        VerifierLoadResponse: decidedInAYear openVerifications overdueVerifications verificationBodyId
        WaitingProposalsResponse: mineWaiting toAnswer
        WaitingRecordsResponse: oldestQueuedAt parked queued submitted
        WaitingRoundResponse: dueAt overdue projectId projectTitle round since stage verificationId verifierId
        WalletBalanceResponse: frozen lovelace name
        WalletResponse: address balanceLovelace feesLeft frozen inFlight meanFeeLovelace network openAlerts provider queued unspentOutputs wallet
        WalletStateResponse: address frozen network reason since wallet
        WebhookResponse: active createdAt createdBy events id url
        WorkflowResponse: historyUrl stage state status workflowId
        """,
    ),
    (
        CONFIDENTIAL,
        """
        AccountActResponse: act actorName at reason role
        AuditSourceResponse: apiKeyId browser network
        BodyVerifierResponse: decidedInAYear email name openVerifications overdueVerifications userId
        CancellationResponse: chainRecord completedAt createdAt id quantity reason recipientId resultSerial retirementId senderId serial status type
        ConflictDeclarationResponse: declared declaredAt implied userId verificationId words
        ConsentResponse: at given kind version
        CreditResponse: issuedAt lastActionAt ownerId projectId quantity serial status suspendedFor units vintage
        ErasureResponse: eraseAt id refusedAt requestedAt withdrawnAt
        FiledAppealResponse: acknowledgeBy acknowledgedAt answerBy confidentialText decidedAt filedAt id kind projectId projectTitle publicReason publicText round status verificationId withheldReason
        ColumnChoiceResponse: column dates field numbers quantity unit zone
        ColumnProposalResponse: alike column isAmbiguous samples ways
        FileOutcomeResponse: issues issuesInAll records recordsInAll refusal rows
        FormatChoicesResponse: columns constants description intervalSeconds missing title
        FormatDraftResponse: choices createdAt fileName headerLine id kind proposals
        FormatDryRunResponse: added changed changes comparedWith faults lost outcome same
        FormatVersionResponse: declared id review reviewNote reviewedAt reviewedBy sample savedAt savedBy version
        FormatVersionsResponse: versions
        RecordChangeResponse: after before fields line sheet
        TriedRecordResponse: kind line sheet values
        DropResponse: alreadySubmitted droppedAt errors fileName fileSize id ingestionId refusal status takenAt warnings
        FolderResponse: acceptPartly bucket closedAt format id name openedAt openedBy prefix projectId
        FolderUploadResponse: upload
        IngestionResponse: acceptPartly alreadySubmitted createdAt errors fileKind fileName fileSize finishedAt format formatVersion id predecessorId projectId recordsAccepted recordsKnown refusal rowsRead scan sha256 status submittedBy upload warnings withdrawalReason withdrawnAt
        ComparisonResponse: changes fixed left new
        GroupChangeResponse: column fixed left new rule severity
        IssueGroupResponse: advice assignedTo changedAt column count line number openedAt rule separatedFrom severity sheet state value waitsFor
        IssueGroupsResponse: groups
        IssueResponse: advice column count line moreLines rule severity sheet value
        IssuesResponse: counts issues
        LinkedWalletResponse: address linkedAt verifiedAt
        NotificationListMeta: limit nextCursor unread
        FeeScheduleResponse: currency daysToPay decidedAt decidedBy inForce issuanceRate minimumMinor number outcome proposedAt proposedBy reason refusal retirementRate
        FeeSchedulesResponse: schedules
        InvoiceDetailsResponse: amount amountMinor bankDetails checkoutUntil checkoutUrl currency dueAt id issuedAt kind name payerName payments quantity reason reference settledAt status subjectId takesCheckout
        InvoiceResponse: amount amountMinor currency dueAt id issuedAt kind name payerName quantity reason reference settledAt status subjectId
        PaymentResponse: amountMinor currency decidedAt eventId heldBecause id kind occurredAt outcome provider reason recordedAt
        NotificationListResponse: data links meta
        NotificationPreference: channel kind mandatory title topic
        NotificationPreferencesResponse: digestHour preferences timeZone
        NotificationResponse: createdAt id kind link message readAt
        OfferResponse: id nameShown offeredAt projectId vintage
        OpeningResponse: accountId commitment field recordId salt transactionId
        OrganisationMemberResponse: email joinedAt name role userId
        OrganisationResponse: country id invitations kind legalName members myRole registrationNumber
        OwnDataExportResponse: downloadUrl id readyAt requestedAt sizeBytes
        OwnLineageEntry: childSerials issuedAt lastActionAt ownerId parentSerial quantity serial status units vintage
        OwnLineageResponse: entries projectId rootSerial serial transactions truncated vintage
        OwnLineageTransaction: chainStatus completedAt id quantity reason recipientId resultSerial retirementId senderId serial txHash type units
        PasskeyResponse: createdAt id lastUsedAt name
        PreferencesResponse: mailNotifications
        ReceivedInvitationResponse: country expiresAt id legalName role
        SentInvitationResponse: createdAt email expiresAt id role
        RuleCountResponse: count rule severity
        ReportFileResponse: bytes name rows sha256 table url
        ReportResponse: accountId files firstDay id kind knownAt lastDay madeAt madeBy manifestUrl party publicKey sha256 signature version
        ReservationResponse: decidedAt endedAt holderName id note projectId quantity requestedAt requesterName reservedSerial serial side status until vintage
        SessionResponse: current endsAt id ipAddress openedAt renewedAt userAgent
        TransactionResponse: chainRecord completedAt createdAt id quantity reason recipientId resultSerial retirementId senderId serial status type
        UserDetailResponse: acts company createdAt email id invitationExpiresAt lastLoginAt load lockedAt name role status
        UserResponse: company createdAt email emailVerified id name pendingEmail preferences role walletAddress
        UserSummaryResponse: company createdAt email id invitationExpiresAt lastLoginAt load lockedAt name role status
        """,
    ),
    (
        RESTRICTED,
        """
        ApiKeyMadeResponse: createdAt expiresAt folderId hint id key lastUsedAt name projectId revokedAt scopes
        ApiKeyResponse: createdAt expiresAt folderId hint id lastUsedAt name projectId revokedAt scopes
        AskedNewPasskeyResponse: challengeId expiresAt publicKey
        AskedPasskeyResponse: challengeId expiresAt publicKey
        AskedSignatureResponse: challengeId expiresAt message walletAddress
        HeldApiKeyResponse: createdAt expiresAt folderId hint id lastUsedAt name projectId revokedAt scopes userId userName
        OpenedReportResponse: authority expiresAt firstDay kind knownAt lastDay manifest publicKey sha256 signature version
        ReportAccessGivenResponse: authority code expiresAt grantedAt grantedBy id lastReadAt purpose readings reportId revokedAt
        ReportFileAddressResponse: file url
        SecondStepResponse: challengeId expiresAt message passkey walletAddress
        TokensResponse: accessToken expiresIn refreshToken user
        UploadPartResponse: number offset size url
        UploadPartsResponse: bytesThere count missing
        UploadResponse: headers method parts url
        WebhookCreatedResponse: active createdAt createdBy events id secret url
        """,
    ),
)


def _table() -> Mapping[str, Mapping[str, DisclosureRule]]:
    found: dict[str, dict[str, DisclosureRule]] = {}
    for rule, lines in _SHAPES:
        for line in lines.strip().splitlines():
            shape, _, fields = line.strip().partition(": ")
            for field in fields.split():
                if field in found.setdefault(shape, {}):
                    raise ValueError(f"{shape}.{field} is declared twice")
                found[shape][field] = rule
    return found


FIELDS = _table()
"""By shape and field."""
