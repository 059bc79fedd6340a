import { Controller, Param, Post, UseGuards } from '@nestjs/common';
import Stripe from 'stripe';
import { BadgeGuard } from './badge.guard.js';

/** What visitors leave for a key. */
@Controller('deposits')
@UseGuards(BadgeGuard)
export class DepositsController {
  private readonly stripe = new Stripe(process.env.STRIPE_SECRET_KEY ?? '');

  @Post(':payment/return')
  giveBack(@Param('payment') payment: string) {
    return this.stripe.refunds.create({ payment_intent: payment }); // error: isolation/provider-object-unverified
  }
}
