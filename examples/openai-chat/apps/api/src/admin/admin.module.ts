import { Module } from '@nestjs/common';
import { UserModule } from '../user/user.module';
import { AdminAgentController } from './admin-agent.controller';
import { AdminUserController } from './admin-user.controller';

@Module({
  imports: [UserModule],
  controllers: [AdminAgentController, AdminUserController],
})
export class AdminModule {}
