"""All pages, with the files that they need."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from api.web import statics
from api.web.pages import (
    absences,
    account,
    audit,
    charts,
    decisions,
    desk,
    desk_beside,
    desk_layer,
    disposals,
    help,  # noqa: A004 - it is the page of help
    inbox,
    intake,
    keys,
    models,
    notifications,
    overview,
    policy,
    policy_draft,
    quality,
    queue,
    retention,
    rules,
    samples,
    signin,
    story,
    story_deeds,
    switches,
    system,
    users,
    webhooks,
    work,
    work_departments,
)
from api.web.render import read_page

router = APIRouter()
router.include_router(statics.router)
router.include_router(signin.router)
router.include_router(intake.form_router)
for pages in (account, queue, desk, desk_beside, desk_layer, intake, users, keys, system, help):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (inbox, decisions, story_deeds, story, notifications, audit):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (overview, charts, switches, quality, samples):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (policy, policy_draft, models):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
for pages in (absences, work_departments, work, disposals, retention, webhooks, rules):
    router.include_router(pages.router, dependencies=[Depends(read_page)])
