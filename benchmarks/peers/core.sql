-- The core as one would write it by hand: who is who by NHS number (or pseudonym), delays, evidenced states, agreement.
-- The definitions are those of docs/methods/delays.md and docs/methods/evidenced-attribution.md, for a place that sends
-- spells and care events alone. In: the folder that big_places.py --core wrote. Out: the table attribution_agreement. Written in one query, read once.

create or replace temp view partners as select * from read_csv('{folder}/lookups/organisations.csv', all_varchar = true);
create or replace temp view cohort as select * from read_csv('{folder}/lookups/cohort.csv', all_varchar = true);
create or replace temp view transfers as select * from read_csv('{folder}/lookups/transfers.csv', all_varchar = true);
create or replace temp view decisions as select * from read_csv('{folder}/lookups/decisions.csv', all_varchar = true);
create or replace temp view recorded as select * from read_csv('{folder}/lookups/recorded.csv', all_varchar = true);
create or replace temp view enabling as select * from read_csv('{folder}/lookups/enabling.csv', all_varchar = true);

create or replace temp table dated as
with known as (
  select
    {person} as person, provider_code, spell_id, admission_date, treatment_function_code, discharge_pathway,
    admission_method, patient_classification, administrative_category, delay_reason, delay_attribution,
    case when discharge_date <= date '2025-03-31' then discharge_date end as discharge_date,
    discharge_ready_date, discharge_method, discharge_destination,
    {born} as born, {usable} as usable_identity,
    coalesce(p.partner, lower(provider_code), 'unknown') as provider,
    coalesce(case when p.type in ('acute', 'community', 'mental_health') then p.type end, 'unknown') as setting,
    coalesce(c.partner, lower(council_code), 'unknown') as council,
    coalesce(discharge_destination in (select value from transfers where "column" = 'discharge_destination'), false) as left_by,
    coalesce(admission_method in (select value from transfers where "column" = 'admission_method'), false)
      or coalesce(admission_source in (select value from transfers where "column" = 'admission_source'), false) as came_by
  from read_parquet('{folder}/spells/*.parquet')
  left join partners p on p.code = provider_code
  left join partners c on c.code = council_code
  where admission_date <= date '2025-03-31'
),
followed as (
  select *,
    coalesce(
      admission_date - lag(discharge_date) over one between 0 and 1 and (coalesce(lag(left_by) over one, false) or came_by),
      false) as continues
  from known
  window one as (partition by person order by admission_date, discharge_date nulls last, provider_code, spell_id)
),
numbered as (
  select *,
    sum(case when continues then 0 else 1 end) over one as stay,
    coalesce(lead(continues) over one, false) as goes_on
  from followed
  window one as (partition by person order by admission_date, discharge_date nulls last, provider_code, spell_id)
),
staying as (
  select *,
    min(admission_date) over (partition by person, stay) as stay_start,
    not goes_on and not (left_by and discharge_date is not null) as ends_stay,
    coalesce(discharge_date, date '2025-04-01') as end_date,
    case when not coalesce(discharge_ready_date < admission_date, false)
          and not coalesce(discharge_ready_date > discharge_date, false)
          and discharge_ready_date <= date '2025-03-31' then discharge_ready_date end as ready_date
  from numbered
)
select *,
  date_trunc('month', coalesce(discharge_date, date '2025-03-31'))::date as month,
  not (coalesce(year(end_date) - year(born) - (month(end_date) * 100 + day(end_date) < month(born) * 100 + day(born))::int < 18, false)
    or end_date - admission_date < 1
    or coalesce(admission_method in (select value from cohort where filter = 'not_maternity' and "column" = 'admission_method'), false)
    or coalesce(treatment_function_code in (select value from cohort where filter = 'not_maternity' and "column" = 'treatment_function_code'), false)
    or coalesce(patient_classification in (select value from cohort where filter = 'not_maternity' and "column" = 'patient_classification'), false)
    or coalesce(patient_classification in (select value from cohort where filter = 'not_day_case' and "column" = 'patient_classification'), false)
    or coalesce(administrative_category in (select value from cohort where filter = 'nhs_funded' and "column" = 'administrative_category'), false)
  ) as in_scope,
  discharge_date is not null
    and (coalesce(discharge_method in (select value from cohort where filter = 'not_died' and "column" = 'discharge_method'), false)
      or coalesce(discharge_destination in (select value from cohort where filter = 'not_died' and "column" = 'discharge_destination'), false)) as died
from staying;

create or replace temp table provider_months as
select month, provider,
  count(ready_date) > 0 as computable,
  count(ready_date) > 0 and (
    count(*) filter (ends_stay and end_date - stay_start >= 7) = 0
    or count(ready_date) filter (ends_stay and end_date - stay_start >= 7)
       / count(*) filter (ends_stay and end_date - stay_start >= 7)::double >= 0.8) as acceptable
from dated
where in_scope and not died and discharge_date is not null
group by month, provider;

create or replace temp table delayed as
select row_number() over () as delay, person, provider, setting, council, coalesce(discharge_pathway, 'unknown') as pathway,
  stay_start, ready_date, end_date, usable_identity,
  case when delay_attribution is not null then 'attribution:' || delay_attribution
       when delay_reason is not null then 'reason:' || delay_reason else 'not_recorded' end as rule
from dated where in_scope and end_date - ready_date >= 1;

create or replace temp table events as
select {person} as person, coalesce(c.partner, lower(council_code), 'unknown') as council, event_id, event_type,
  event_start_date as starts, case when event_end_date <= date '2025-03-31' then event_end_date end as ends,
  route_of_access, review_reason, service_type, service_component, eligible_needs, event_outcome
from read_parquet('{folder}/care_events/*.parquet')
left join partners c on c.code = council_code
where event_start_date <= date '2025-03-31'
  and not coalesce(lower(client_type) like 'unpaid carer%' or lower(client_type) like 'carer%', false)
  and not coalesce(assessment_type = 'Financial Assessment', false);

create or replace temp table coverage as
with councils as (
  select coalesce(c.partner, lower(council_code), 'unknown') as council, min(event_start_date) as first_start
  from read_parquet('{folder}/care_events/*.parquet') left join partners c on c.code = council_code
  where event_start_date <= date '2025-03-31' group by all
),
periods as (
  select distinct coalesce(c.partner, lower(council_code), 'unknown') as council, reporting_period_start as starts, reporting_period_end as ends
  from read_parquet('{folder}/care_events/*.parquet') left join partners c on c.code = council_code
  where event_start_date <= date '2025-03-31' and reporting_period_start <= reporting_period_end
),
begun as (
  select *, coalesce(starts > max(ends) over (partition by council order by starts, ends rows between unbounded preceding and 1 preceding) + 1, true) as begins
  from periods
),
stretches as (
  select *, sum(begins::int) over (partition by council order by starts, ends) as stretch from begun
)
select council, min(starts) as covers_from, max(ends) as covers_to from stretches group by council, stretch
union all
select council, first_start, date '2025-03-31' from councils where council not in (select council from periods);

create or replace temp table met as
select d.delay, d.stay_start, d.end_date, e.*
from delayed d join events e on e.person = d.person and e.council = d.council;

create or replace temp table requested as
select delay, min(starts) as q from met
where starts <= end_date and (
  (starts >= stay_start and (event_type in ('Request', 'Assessment') or (event_type = 'Review' and coalesce(lower(review_reason) like '%hospital%', false))))
  or (starts >= stay_start - 7 and event_type = 'Request' and coalesce(lower(route_of_access) = 'discharge from hospital', false)))
group by delay;

create or replace temp table assessed as
select m.delay, m.ends as a, coalesce(n.decision, o.decision) as decision
from met m join requested r using (delay)
left join decisions n on n."column" = 'eligible_needs' and n.value = m.eligible_needs
left join decisions o on o."column" = 'event_outcome' and o.value = m.event_outcome
where m.event_type in ('Assessment', 'Review') and m.starts >= r.q and m.ends >= r.q and m.ends <= m.end_date
qualify row_number() over (partition by m.delay order by m.ends, m.starts, m.event_id, coalesce(n.decision, o.decision) nulls last) = 1;

create or replace temp table served as
select m.delay, min(m.starts) as s
from met m join requested r using (delay)
where m.event_type = 'Service' and m.service_component in (select service_component from enabling)
  and m.starts >= r.q and m.starts <= m.end_date + 3
group by m.delay;

create or replace temp table long_term as
select distinct delay from met
where event_type = 'Service' and coalesce(lower(service_type) like 'long term%', false)
  and starts <= stay_start and (ends is null or ends >= stay_start);

create or replace temp table told as
select d.*, q, a, decision, s, l.delay is not null as long_term_open, covers_from, covers_to
from delayed d
left join requested using (delay) left join assessed using (delay) left join served using (delay)
left join long_term l on l.delay = d.delay
left join coverage c on c.council = d.council and c.covers_from <= d.ready_date and d.ready_date <= c.covers_to;

create or replace temp table agreement as
with cut as (
  select *, unnest(list_sort(list_distinct(list_filter([ready_date, q, a, s], lambda x: x >= ready_date and x < end_date)))) as from_date
  from told
),
pieces as (
  select *, coalesce(lead(from_date) over (partition by delay order by from_date), end_date) as until from cut
),
stated as (
  select *,
    case
      when not usable_identity or council = 'unknown' or not coalesce(covers_from <= ready_date and covers_to >= end_date - 1, false) then 'untestable'
      when not coalesce(covers_to >= end_date + 60, false) then 'not_yet_testable'
      when pathway = 'P2' then 'awaiting_nhs_service'
      when long_term_open and q is null then 'existing_support'
      when q is null then 'no_care_record'
      when from_date < q then 'before_request'
      when a is not null and from_date < a then 'awaiting_assessment'
      when a is null and s is null and pathway not in ('P1', 'P2', 'P3') then 'awaiting_assessment'
      when a is not null and decision = 'not_eligible' then 'assessed_not_eligible'
      when a is not null and decision = 'declined' then 'support_declined'
      when a is not null and decision = 'self_funded' then 'self_funded_arrangement'
      when s is null or from_date < s then 'awaiting_service'
      else 'service_in_place'
    end as state
  from pieces
),
judged as (
  select *,
    case
      when state in ('untestable', 'not_yet_testable', 'existing_support', 'no_care_record') then 'none'
      when state in ('assessed_not_eligible', 'support_declined', 'self_funded_arrangement', 'service_in_place') then 'firm'
      when state in ('before_request', 'awaiting_nhs_service') then 'presumptive'
      when state = 'awaiting_assessment' then case when a is not null then 'firm' else 'presumptive' end
      else case when coalesce(s < end_date - 1, false) then 'firm' else 'presumptive' end
    end as strength,
    case
      when state in ('untestable', 'not_yet_testable', 'existing_support', 'no_care_record') then 'none'
      when state in ('support_declined', 'self_funded_arrangement') then 'person'
      when state in ('awaiting_assessment', 'awaiting_service') then 'council'
      else 'nhs'
    end as side
  from stated
),
by_month as (
  select *, unnest(generate_series(date_trunc('month', from_date)::timestamp, date_trunc('month', until - 1)::timestamp, interval 1 month))::date as of_month
  from judged
),
counted as (
  select of_month as month, provider, council, r.recorded_attribution,
    case when side = 'nhs' then case state when 'awaiting_nhs_service' then 'community' else b.setting end else side end as evidenced_attribution,
    state, strength,
    case
      when side = 'none' or r.recorded_attribution in ('not_recorded', 'unknown') then 'untestable'
      when side = case when r.recorded_attribution in ('council', 'person') then r.recorded_attribution else 'nhs' end then 'agreed'
      when strength = 'firm' then 'disputed'
      else 'questioned'
    end as agreement,
    sum(least(until, (of_month + interval 1 month)::date) - greatest(from_date, of_month)) as delayed_bed_days,
    bool_and(b.setting = 'acute') as all_priced,
    count(distinct person) as people
  from by_month b join recorded r on r.rule = b.rule and r.setting = b.setting
  group by all
)
select c.month, c.provider, c.council, c.recorded_attribution, c.evidenced_attribution, c.state, c.strength,
  c.delayed_bed_days::bigint as delayed_bed_days,
  case when c.all_priced and coalesce(m.acceptable, true) then c.delayed_bed_days::bigint * 56200 end as cost,
  c.agreement, c.people as _people
from counted c left join provider_months m on m.month = c.month and m.provider = c.provider
where coalesce(m.computable, true)
order by 1, 2, 3, 4, 5, 6, 7;
